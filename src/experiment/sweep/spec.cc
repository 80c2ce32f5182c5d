#include "experiment/sweep/spec.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "core/first_repeated.h"
#include "core/trimmed.h"
#include "experiment/sweep/evidence.h"
#include "io/utf8.h"
#include "run/edit_place.h"

namespace excise {
namespace {

constexpr size_t kMaxComponents = 4096;
constexpr size_t kMaxPermutations = 10'000'000;

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
  const auto removal = removal_of(spec);
  return !removal || removal->name.empty() ? spec.basis : removal->name;
}

Result<NamedRemoval> removal_of(const Spec& spec) {
  const bool fitted = !spec.source.file.empty() || spec.source.given;
  if (spec.basis == "svd" && !fitted) {
    return choose_removal(spec.preset.value_or("published"), spec.centre,
                          spec.restore);
  }
  if (spec.preset || spec.centre || spec.restore) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "spec",
         .subject = "preset, centre and restore",
         .expected = "none: they belong to a svd that is fitted here",
         .found = fitted ? "some with a basis file"
                         : "some with basis " + spec.basis,
         .hint = "other bases change nothing where nothing is removed"});
  }
  return NamedRemoval{{Mean::kNone, Mean::kNone}, ""};
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
  if (spec.parts && spec.compute != Compute::kF32) {
    return refuse("parts", "compute f32, in which they are exact",
                  std::string(compute_name(spec.compute)));
  }
  if (asks_for(spec.variants, VariantSet::kVisible) &&
      spec.hook != HookPoint::kMlpPost) {
    return refuse("variant visible",
                  "hook_post, whose columns the output matrix multiplies",
                  edit_place_name(spec.hook));
  }
  if (asks_for(spec.variants, VariantSet::kConstant) &&
      spec.remove.size() != 1) {
    return refuse("variant constant",
                  "one removed component, such as --remove 0",
                  std::to_string(spec.remove.size()));
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
  if (!spec.swap.empty()) {
    return refuse("swap", "none beside an edit that adds", "one");
  }
  if (spec.scan || spec.dormant_share || !spec.variants.empty()) {
    return refuse(spec.scan            ? "scan"
                  : spec.dormant_share ? "dormant share"
                                       : "variants",
                  "none beside an edit that adds", "one");
  }
  return {};
}

}  // namespace

std::string text_name(const Spec& spec, size_t i) {
  const std::string number = "text " + std::to_string(i + 1);
  const bool is_named =
      i < spec.text_names.size() && !spec.text_names[i].empty();
  return is_named ? number + ", " + spec.text_names[i] : number;
}

Status take_layer(Spec& spec) {
  spec.layers =
      EXCISE_TRY(layers_of_place({spec.hook, spec.hook_layer}, spec.layers));
  return {};
}

Status check_spec(const Spec& spec) {
  if (spec.evidence) return check_spec(with_evidence(spec));
  EXCISE_TRY(removal_of(spec));
  if (std::ranges::find(spec.further_texts, "") != spec.further_texts.end() ||
      (spec.text.empty() && !spec.further_texts.empty())) {
    return refuse("texts", "at least one token each", "an empty text");
  }
  // The test over texts counts each.
  std::map<std::string_view, size_t> texts = {{spec.text, 0}};
  for (const std::string& text : spec.further_texts) {
    const auto [earlier, is_new] = texts.emplace(text, texts.size());
    if (!is_new) {
      return refuse("texts", "each once",
                    "\"" + std::string(beginning(text, 40)) +
                        "\" twice: " + text_name(spec, earlier->second) +
                        " and " + text_name(spec, texts.size()));
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
  const bool elsewhere = repeats_of(spec.controls, Control::kElsewhere) > 0;
  const bool constant = asks_for(spec.variants, VariantSet::kConstant);
  if (!spec.further_texts.empty() &&
      (elsewhere || constant || !spec.swap.empty())) {
    return refuse(elsewhere  ? "control elsewhere"
                  : constant ? "variant constant"
                             : "swap",
                  "one text", "several");
  }
  if (spec.permutations > kMaxPermutations) {
    return bad_count("permutations", kMaxPermutations,
                     static_cast<long long>(spec.permutations));
  }
  if (spec.threads < 0 || spec.threads > kMaxThreads) {
    return bad_count("threads", kMaxThreads, spec.threads);
  }
  return {};
}

}  // namespace excise
