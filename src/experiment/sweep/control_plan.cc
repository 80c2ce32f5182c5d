#include "experiment/sweep/control_plan.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace excise {
namespace {

tl::unexpected<Error> refused(std::string expected, std::string found) {
  return fail(ErrorCode::kBadInput,
              {.where = "spec",
               .subject = "controls",
               .expected = std::move(expected),
               .found = std::move(found),
               .hint = "--controls takes e.g. random-rank,norm-matched=100"});
}

Result<ControlRequest> parse_request(std::string_view text) {
  const auto equals = text.find('=');
  ControlRequest request;
  request.control = EXCISE_TRY(parse_control(text.substr(0, equals)));
  if (equals == std::string_view::npos) return request;
  const std::string_view number = text.substr(equals + 1);
  const char* end = number.data() + number.size();
  const auto [rest, error] =
      std::from_chars(number.data(), end, request.repeats);
  if (number.empty() || error != std::errc() || rest != end) {
    return refused(std::string(control_name(request.control)) + "=REPEATS",
                   "\"" + std::string(text) + "\"");
  }
  return request;
}

}  // namespace

Status check_controls(const std::vector<ControlRequest>& requests) {
  std::set<Control> seen;
  for (const auto& [control, repeats] : requests) {
    const std::string name(control_name(control));
    if (repeats < 1 || repeats > kMaxControlRepeats) {
      return refused(
          "1 to " + std::to_string(kMaxControlRepeats) + " repeats of " + name,
          std::to_string(repeats));
    }
    if (!seen.insert(control).second) {
      return refused("each control once", name + " twice");
    }
  }
  return {};
}

Result<std::vector<ControlRequest>> parse_controls(std::string_view text) {
  std::vector<ControlRequest> requests;
  if (text.empty() || text == "none") return requests;
  while (true) {
    const auto comma = text.find(',');
    requests.push_back(EXCISE_TRY(parse_request(text.substr(0, comma))));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  EXCISE_CHECK(check_controls(requests));
  std::ranges::sort(requests, {}, &ControlRequest::control);
  return requests;
}

size_t repeats_of(const std::vector<ControlRequest>& requests,
                  Control control) {
  const auto found =
      std::ranges::find(requests, control, &ControlRequest::control);
  return found == requests.end() ? 0 : found->repeats;
}

std::string controls_text(const std::vector<ControlRequest>& requests) {
  std::string text;
  for (const auto& [control, repeats] : requests) {
    if (!text.empty()) text += ',';
    text += std::string(control_name(control)) + "=" + std::to_string(repeats);
  }
  return text;
}

std::vector<ControlDraw> control_draws(
    const std::vector<ControlRequest>& requests, std::span<const Cell> cells) {
  std::vector<ControlDraw> draws;
  for (const Cell cell : cells) {
    for (const auto& [control, repeats] : requests) {
      if (control == Control::kElsewhere) continue;
      for (size_t repeat = 0; repeat < repeats; ++repeat)
        draws.push_back({control, repeat, cell});
    }
  }
  return draws;
}

Random control_random(uint64_t seed, size_t layer, const ControlDraw& draw) {
  // Above the streams of the statistics, which are below 2^34.
  constexpr int kControlShift = 56;
  constexpr int kLayerShift = 34;
  const auto control = static_cast<uint64_t>(draw.control) + 1;
  return Random(seed, (control << kControlShift) |
                          (uint64_t{layer} << kLayerShift) |
                          uint64_t{draw.repeat});
}

}  // namespace excise
