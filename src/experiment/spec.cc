#include "experiment/spec.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <set>

#include "core/first_repeated.h"
#include "core/trimmed.h"
#include "io/utf8.h"
#include "run/edit_place.h"

namespace excise {
namespace {

constexpr size_t kMaxComponents = 4096;
constexpr size_t kMaxPermutations = 10'000'000;
constexpr int kMaxThreads = 1024;

struct Range {
  size_t first = 0;
  size_t last = 0;
};

std::optional<size_t> parse_number(std::string_view text) {
  size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// "3" or "0-11".
std::optional<Range> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_number(trimmed(text.substr(0, dash)));
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return Range{*first, *first};
  const auto last = parse_number(trimmed(text.substr(dash + 1)));
  if (!last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

// The ranges between commas; nothing when one is malformed.
std::optional<std::vector<Range>> parse_ranges(std::string_view text) {
  std::vector<Range> ranges;
  while (true) {
    const auto comma = text.find(',');
    const auto range = parse_range(trimmed(text.substr(0, comma)));
    if (!range) return std::nullopt;
    ranges.push_back(*range);
    if (comma == std::string_view::npos) return ranges;
    text.remove_prefix(comma + 1);
  }
}

tl::unexpected<Error> unknown_name(std::string_view what, std::string_view name,
                                   const std::string& known) {
  return fail(ErrorCode::kBadInput, {.where = "spec",
                                     .subject = std::string(what),
                                     .expected = known,
                                     .found = "\"" + std::string(name) + "\""});
}

tl::unexpected<Error> bad_count(const std::string& subject, size_t max,
                                long long found) {
  return fail(ErrorCode::kBadInput, {.where = "spec",
                                     .subject = subject,
                                     .expected = "0 to " + std::to_string(max),
                                     .found = std::to_string(found)});
}

}  // namespace

std::string_view coordinates_name(Coordinates coordinates) {
  return coordinates == Coordinates::kLive ? "live" : "clean";
}

Result<Coordinates> parse_coordinates(std::string_view name) {
  if (name == "clean") return Coordinates::kClean;
  if (name == "live") return Coordinates::kLive;
  return unknown_name("coordinates", name, "clean or live");
}

std::string spec_name(const Spec& spec) {
  if (!spec.source.file.empty())
    return std::filesystem::path(spec.source.file).stem().string();
  return spec.preset.empty() ? spec.basis : spec.preset;
}

std::vector<Cell> cells_of(const Spec& spec) {
  if (spec.cells == Cells::kPreset || spec.action == EditAction::kAdd ||
      spec.removal.identity_when_empty()) {
    return {Cell::kPreset};
  }
  return {Cell::kPreset, Cell::kRemoved, Cell::kEmpty};
}

std::vector<Cell> control_cells(const Spec& spec) {
  std::vector<Cell> cells = cells_of(spec);
  std::erase(cells, Cell::kEmpty);
  return cells;
}

Status set_removal(const std::optional<std::string>& preset,
                   const std::optional<std::string>& centre,
                   const std::optional<std::string>& restore, Spec& spec) {
  RemovalOperator removal;
  const bool fitted = !spec.source.file.empty() || spec.source.given;
  if (spec.basis != "svd" || fitted) {
    if (preset || centre || restore) {
      return fail(ErrorCode::kBadInput,
                  {.where = "spec",
                   .subject = "preset, centre and restore",
                   .expected = "none: they belong to a svd that is fitted here",
                   .found = fitted ? "some with a basis file"
                                   : "some with basis " + spec.basis,
                   .hint = "other bases change nothing where nothing is "
                           "removed"});
    }
    spec.preset.clear();
    spec.removal = {Mean::kNone, Mean::kNone};
    return {};
  }
  if (preset == "custom") {
    if (!centre || !restore) {
      return fail(ErrorCode::kBadInput,
                  {.where = "spec",
                   .subject = "preset custom",
                   .expected = "both centre and restore",
                   .found = centre || restore ? "one of them" : "neither"});
    }
  } else {
    removal = EXCISE_TRY(removal_preset(preset.value_or("published")));
  }
  if (centre) removal.centre = EXCISE_TRY(parse_mean(*centre));
  if (restore) removal.restore = EXCISE_TRY(parse_mean(*restore));
  spec.removal = removal;
  spec.preset = "custom";
  for (const char* name : {"published", "pca"}) {
    const RemovalOperator known = EXCISE_TRY(removal_preset(name));
    if (known.centre == removal.centre && known.restore == removal.restore) {
      spec.preset = name;
    }
  }
  return {};
}

namespace {

tl::unexpected<Error> refuse(std::string subject, std::string expected,
                             std::string found) {
  return fail(ErrorCode::kBadInput, {.where = "spec",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found)});
}

// What is not a plain removal comes from an edit file; what it adds is compared
// with nothing that is removed.
Status check_action(const Spec& spec) {
  if (!std::isfinite(spec.strength)) {
    return refuse("strength", "a finite number", std::to_string(spec.strength));
  }
  if (spec.dormant_share && spec.hook != HookPoint::kMlpPre &&
      spec.hook != HookPoint::kMlpPost) {
    return refuse("dormant share", "hook_pre or hook_post, which the MLP reads",
                  edit_place_name(spec.hook));
  }
  if (spec.action == EditAction::kRemove) return {};
  if (spec.source.this_text()) {
    return refuse("action add", "a basis file, fitted on classes",
                  "a basis of this text");
  }
  if (!spec.controls.empty()) {
    return refuse("controls", "none beside an edit that adds",
                  "some: they stand for what is removed");
  }
  if (spec.scan || spec.dormant_share) {
    return refuse(spec.scan ? "scan" : "dormant share",
                  "none beside an edit that adds", "one");
  }
  return {};
}

}  // namespace

Status check_spec(const Spec& spec) {
  if (std::ranges::find(spec.further_texts, "") != spec.further_texts.end() ||
      (spec.text.empty() && !spec.further_texts.empty())) {
    return refuse("texts", "at least one token each", "an empty text");
  }
  // The test over texts counts each.
  std::set<std::string_view> texts = {spec.text};
  for (const std::string& text : spec.further_texts) {
    if (!texts.insert(text).second) {
      return refuse("texts", "each once",
                    "\"" + std::string(beginning(text, 40)) + "\" twice");
    }
  }
  if (!spec.text.empty() && !spec.ids.empty()) {
    return refuse("input", "text or ids", "both");
  }
  const auto negative = std::find_if(spec.ids.begin(), spec.ids.end(),
                                     [](int id) { return id < 0; });
  if (negative != spec.ids.end()) {
    return refuse("ids", "numbers from 0", std::to_string(*negative));
  }
  EXCISE_CHECK(check_source(spec.basis, spec.source));
  if (spec.remove.empty() || spec.remove.size() > kMaxComponents) {
    return refuse("remove",
                  "1 to " + std::to_string(kMaxComponents) + " components",
                  std::to_string(spec.remove.size()));
  }
  if (const auto component = first_repeated(spec.remove)) {
    return refuse("remove", "each component once",
                  std::to_string(*component) + " twice");
  }
  EXCISE_CHECK(check_action(spec));
  if (spec.scan) EXCISE_CHECK(check_scan(*spec.scan));
  EXCISE_CHECK(check_selection(spec.tokens));
  EXCISE_CHECK(check_controls(spec.controls));
  if (spec.permutations > kMaxPermutations) {
    return bad_count("permutations", kMaxPermutations,
                     static_cast<long long>(spec.permutations));
  }
  if (spec.threads < 0 || spec.threads > kMaxThreads) {
    return bad_count("threads", kMaxThreads, spec.threads);
  }
  return {};
}

Result<std::vector<size_t>> parse_layers(std::string_view text,
                                         size_t n_layers) {
  constexpr const char* kHint = "--layers takes e.g. all, 0-11 or 3,5";
  const auto ranges = trimmed(text) == "all" && n_layers > 0
                          ? std::vector<Range>{{0, n_layers - 1}}
                          : parse_ranges(text);
  if (!ranges) {
    return fail(ErrorCode::kBadInput, {.where = "sweep",
                                       .subject = "layers",
                                       .expected = "a list of layers",
                                       .found = "\"" + std::string(text) + "\"",
                                       .hint = kHint});
  }
  std::set<size_t> layers;
  for (const Range& range : *ranges) {
    if (range.last >= n_layers) {
      return fail(ErrorCode::kBadInput,
                  {.where = "sweep",
                   .subject = "layer " + std::to_string(range.last),
                   .expected = "0 to " + std::to_string(n_layers - 1) +
                               " for this model",
                   .hint = kHint});
    }
    for (size_t l = range.first; l <= range.last; ++l) {
      if (layers.insert(l).second) continue;
      return fail(ErrorCode::kBadInput, {.where = "sweep",
                                         .subject = "layers",
                                         .expected = "each layer once",
                                         .found = std::to_string(l) + " twice",
                                         .hint = kHint});
    }
  }
  return std::vector<size_t>(layers.begin(), layers.end());
}

Result<std::vector<std::vector<size_t>>> parse_layer_sets(std::string_view text,
                                                          size_t n_layers) {
  std::vector<std::vector<size_t>> sets;
  while (!text.empty()) {
    const auto end = text.find(';');
    const std::string_view one = text.substr(0, end);
    sets.push_back(EXCISE_TRY(parse_layers(one, n_layers)));
    if (sets.back().size() < 2) {
      return fail(ErrorCode::kBadInput,
                  {.where = "sweep",
                   .subject = "layers edited together",
                   .expected = "at least two",
                   .found = "\"" + std::string(one) + "\"",
                   .hint = "--together takes e.g. all, 0-3 or 0-3;8,9"});
    }
    if (std::ranges::count(sets, sets.back()) > 1) {
      return fail(ErrorCode::kBadInput,
                  {.where = "sweep",
                   .subject = "layers edited together",
                   .expected = "each set once",
                   .found = "\"" + std::string(one) + "\" again"});
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return sets;
}

Result<std::vector<size_t>> parse_numbers(std::string_view text,
                                          std::string_view option) {
  std::vector<size_t> numbers;
  const auto ranges = parse_ranges(text);
  bool too_many = false;
  for (const Range& range : ranges.value_or(std::vector<Range>())) {
    too_many = range.last - range.first >= kMaxComponents - numbers.size();
    if (too_many) break;
    for (size_t i = range.first; i <= range.last; ++i) numbers.push_back(i);
  }
  if (!ranges || too_many) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "spec",
         .subject = std::string(option),
         .expected =
             too_many ? "at most " + std::to_string(kMaxComponents) + " numbers"
                      : "numbers such as 0 or 0,2 or 0-3",
         .found = "\"" + std::string(text) + "\""});
  }
  std::vector<size_t> sorted = numbers;
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  if (twice != sorted.end()) {
    return fail(ErrorCode::kBadInput,
                {.where = "spec",
                 .subject = std::string(option),
                 .expected = "each number once",
                 .found = std::to_string(*twice) + " twice"});
  }
  return numbers;
}

}  // namespace excise
