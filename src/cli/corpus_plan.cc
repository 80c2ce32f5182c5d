#include "cli/corpus_plan.h"

#include <fmt/format.h>

#include <iterator>

#include "cli/sweep_cost.h"

namespace excise {
namespace {

// "3.1 TFLOP"
std::string flop_text(double flop) {
  constexpr const char* kUnits[] = {"", "K", "M", "G", "T", "P", "E"};
  size_t unit = 0;
  constexpr double kStep = 1000;
  for (; flop >= kStep && unit + 1 < std::size(kUnits); ++unit) flop /= kStep;
  return fmt::format("{:.3g} {}FLOP", flop, kUnits[unit]);
}

std::string bytes_text(double bytes) {
  constexpr double kMiB = 1 << 20, kGiB = 1 << 30;
  return bytes < kGiB ? fmt::format("{:.1f} MiB", bytes / kMiB)
                      : fmt::format("{:.1f} GiB", bytes / kGiB);
}

// Of the journal and, where tokens are kept, of their table.
double disk_bytes(const CorpusRun& run) {
  const CorpusList& list = run.list();
  const SumsLayout layout = run.header().layout();
  double bytes = static_cast<double>(list.windows.size() * layout.width() *
                                     sizeof(double));
  if (layout.token_width() == 0) return bytes;
  constexpr size_t kToken = 8;  // its text
  constexpr size_t kRow = 60;   // of the table, but for the text's name
  const size_t layers = run.header().layers.size();
  for (const Window& window : list.windows) {
    const size_t row = kRow + list.texts[window.text].name.size();
    bytes += static_cast<double>(
        (window.tokens - window.context) *
        (layout.token_width() * sizeof(double) + kToken + layers * row));
  }
  return bytes;
}

}  // namespace

std::string plan_text(const Model& model, const CorpusRun& run) {
  const CorpusList& list = run.list();
  const CorpusHeader& header = run.header();
  // sweep_cost() is of three cells a layer.
  double flop = 0;
  for (const Window& window : list.windows)
    flop += sweep_cost(model.config, window.tokens).flop;
  flop *= static_cast<double>(header.branches) /
          static_cast<double>(3 * model.config.n_layers + 1);
  std::string text = fmt::format(
      "{} texts, {} windows of up to {} tokens, {} tokens in {} batches; {} "
      "branches: about {}, {} of disk\n",
      list.texts.size(), list.windows.size(), list.window, list.tokens(),
      list.batch_count(), header.branches, flop_text(flop),
      bytes_text(disk_bytes(run)));
  if (!list.skipped.empty()) {
    text +=
        fmt::format("Left out: {} text{}, the first {}: {}\n",
                    list.skipped.size(), list.skipped.size() == 1 ? "" : "s",
                    list.skipped.front().name, list.skipped.front().reason);
  }
  return text;
}

std::string duration_text(double seconds) {
  constexpr double kMinute = 60, kHour = 3600;
  if (seconds >= 2 * kHour) return fmt::format("{:.1f} hours", seconds / kHour);
  if (seconds >= 2 * kMinute)
    return fmt::format("{:.0f} minutes", seconds / kMinute);
  return fmt::format("{:.0f} seconds", seconds);
}

}  // namespace excise
