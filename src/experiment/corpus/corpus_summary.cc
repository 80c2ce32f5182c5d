#include "experiment/corpus/corpus_summary.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <utility>

#include "core/random.h"
#include "experiment/common/number_lists.h"
#include "experiment/corpus/unit_evidence.h"
#include "experiment/sweep/effect_tests.h"
#include "experiment/sweep/over_units.h"
#include "experiment/sweep/sweep_branches.h"
#include "math/statistics/over_texts.h"

namespace excise {
namespace {

// Of the seed.
constexpr uint64_t kUnitStream = uint64_t{8} << 31;
constexpr uint64_t kGroupStream = uint64_t{9} << 31;
constexpr uint64_t kOrderStream = uint64_t{10} << 31;

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

// Those of which the swept ones are some.
Result<size_t> layers_of_model(const CorpusHeader& header) {
  constexpr size_t kMost = 1 << 16;
  const auto stated = header.model.find("n_layers");
  if (stated != header.model.end() && stated->is_number_unsigned()) {
    const auto n_layers = stated->get<size_t>();
    const auto& swept = header.layers;
    if (n_layers <= kMost && swept.back() < n_layers &&
        std::ranges::adjacent_find(swept, std::greater_equal()) == swept.end())
      return n_layers;
  }
  return fail(ErrorCode::kBadFile,
              {.where = "journal",
               .subject = "layers",
               .expected = "layers of the model, ascending",
               .found = "others"});
}

// Where the branches of a run lie, as it planned them.
Result<SweepBranches> branches_of(const CorpusHeader& header, const Spec& spec,
                                  const RemovalOperator& removal) {
  const size_t n_layers = EXCISE_TRY(layers_of_model(header));
  const LayerSets together =
      EXCISE_TRY(parse_layer_sets(spec.together, n_layers));
  SweepBranches branches =
      plan_branches(spec, removal, header.layers, together,
                    header.layers[header.layers.size() / 2]);
  if (branches.all.size() == header.branches) return branches;
  return fail(ErrorCode::kBadFile,
              {.where = "journal",
               .subject = "branches",
               .expected = std::to_string(branches.all.size()),
               .found = std::to_string(header.branches)});
}

// Reads what a summary needs.
class Reading {
 public:
  Reading(const CorpusHeader& header, const SweepBranches& branches,
          const CorpusSums& units)
      : layout_(header.layout()), branches_(branches), units_(units) {}

  std::vector<double> effect(size_t branch) const {
    return units_.mean_of(layout_.sum(branch, Sum::kD));
  }

  // As far as they outlive this.
  UnitEffects effects() const {
    return {
        .units = units_.entries().size(),
        .of_branches = [this](size_t first,
                              size_t count) { return effects(first, count); },
        .share =
            [this](size_t i) {
              return mean_of(units_.window_mean_of(layout_.share(i)));
            },
        .add_evidence =
            [this](size_t i, LayerFindings& found) {
              excise::add_evidence(units_, layout_, branches_, i, found);
            }};
  }

  // Means over units of what tests do not look at.
  void describe(size_t branch, BranchSummary& summary) const {
    const auto means =
        units_.means_of({layout_.sum(branch, Sum::kKl),
                         layout_.sum(branch, Sum::kTop1Changed)});
    summary.kl_mean = mean_of(means[0]);
    summary.top1_changed_share = mean_of(means[1]);
    // Of states, a corpus has CorpusLayer::drift_rms alone.
    summary.drift_end = summary.drift_end_relative = kNothing;
    summary.drift_resid_final = summary.drift_resid_final_relative = kNothing;
  }

  double drift_rms(size_t branch) const {
    return std::sqrt(over_tokens(Sum::kDriftSquared, branch));
  }
  double over_tokens(Sum sum, size_t branch) const {
    const auto means = units_.mean_of(layout_.sum(branch, sum));
    double total = 0, tokens = 0;
    for (size_t i = 0; i < means.size(); ++i) {
      total += means[i] * units_.entries()[i].tokens;
      tokens += units_.entries()[i].tokens;
    }
    return total / tokens;
  }

 private:
  // Of several branches in one reading.
  std::vector<std::vector<double>> effects(size_t first, size_t count) const {
    std::vector<size_t> columns;
    for (size_t b = first; b < first + count; ++b)
      columns.push_back(layout_.sum(b, Sum::kD));
    return units_.means_of(columns);
  }

  SumsLayout layout_;
  const SweepBranches& branches_;
  const CorpusSums& units_;
};

void describe_branches(const SweepBranches& branches, const Reading& reading,
                       Summary& summary) {
  for (size_t i = 0; i < summary.layers.size(); ++i) {
    LayerSummary& layer = summary.layers[i];
    reading.describe(branches.removal[i], layer.removal);
    if (layer.removed) reading.describe(*branches.removed[i], *layer.removed);
    if (layer.empty) reading.describe(*branches.empty[i], *layer.empty);
  }
  for (size_t i = 0; i < summary.together.size(); ++i)
    reading.describe(branches.together[i], summary.together[i].branch);
}

std::vector<CorpusBranch> cells_of(const SweepBranches& branches) {
  std::vector<CorpusBranch> cells;
  for (size_t i = 0; i < branches.removal.size(); ++i) {
    for (const std::optional<size_t> branch :
         {std::optional(branches.removal[i]), branches.removed[i],
          branches.empty[i]}) {
      if (branch) cells.push_back({*branch, i, branches.all[*branch].tag.name});
    }
  }
  return cells;
}

// 95 % of the mean, units drawn again.
Result<std::optional<Interval>> redrawn(std::span<const double> means,
                                        uint64_t seed, uint64_t stream) {
  std::vector<std::vector<double>> each;
  for (const double mean : means) each.push_back({mean});
  return EXCISE_TRY(test_texts(each, {.seed = seed, .stream = stream}))
      .interval;
}

Result<CorpusLayer> corpus_layer(const Reading& reading, size_t branch,
                                 size_t layer, uint64_t seed) {
  CorpusLayer one;
  one.means = reading.effect(branch);
  one.bootstrap = EXCISE_TRY(redrawn(one.means, seed, kUnitStream + layer));
  one.token_mean = reading.over_tokens(Sum::kD, branch);
  one.drift_rms = reading.drift_rms(branch);
  one.units_hurt = static_cast<size_t>(
      std::ranges::count_if(one.means, [](double d) { return d > 0; }));
  return one;
}

Result<std::vector<GroupSummary>> groups_of(const CorpusSummary& corpus) {
  std::map<std::string, std::vector<size_t>> units;  // by group
  for (size_t u = 0; u < corpus.units.size(); ++u)
    units[corpus.units[u].group].push_back(u);
  std::vector<GroupSummary> groups;
  for (const auto& [name, members] : units) {
    GroupSummary& group = groups.emplace_back();
    group.name = name;
    group.units = members.size();
    for (size_t i = 0; i < corpus.layers.size(); ++i) {
      std::vector<double> means;
      for (const size_t unit : members)
        means.push_back(corpus.layers[i].means[unit]);
      group.layers.push_back(EXCISE_TRY(test_mean_of(means)));
      group.bootstrap.push_back(EXCISE_TRY(redrawn(
          means, corpus.spec.seed, kGroupStream + (groups.size() << 16U) + i)));
    }
  }
  std::vector<MeanTest*> tests;
  for (GroupSummary& group : groups) {
    for (MeanTest& test : group.layers) tests.push_back(&test);
  }
  EXCISE_CHECK(adjust_over_layers(tests));
  return groups;
}

// At 2, 4, 8, ... units and all of them.
Result<std::vector<Convergence>> convergence_of(std::span<const double> means,
                                                std::span<const size_t> order) {
  std::vector<double> so_far;
  std::vector<Convergence> steps;
  for (size_t n = 2; n / 2 < means.size(); n *= 2) {
    const size_t taken = std::min(n, means.size());
    while (so_far.size() < taken) so_far.push_back(means[order[so_far.size()]]);
    const MeanTest test = EXCISE_TRY(test_mean_of(so_far));
    steps.push_back({taken, mean_of(so_far), test.ci_low, test.ci_high});
  }
  return steps;
}

}  // namespace

Result<CorpusSummary> summarize_corpus(const CorpusData& data,
                                       const Progress& progress) {
  const CorpusHeader& header = data.header();
  CorpusSummary corpus;
  corpus.spec = EXCISE_TRY(parse_corpus_spec(header.experiment, "the journal"));
  const Spec& spec = corpus.spec;
  const RemovalOperator removal = EXCISE_TRY(removal_of(spec)).removal;
  const SweepBranches branches = EXCISE_TRY(branches_of(header, spec, removal));
  const CorpusSums units(data, CorpusSums::By::kUnit);
  if (units.entries().empty()) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "corpus",
         .subject = "texts",
         .expected = "a text with a token to measure",
         .found = std::to_string(data.left_out().size()) +
                  " windows that could not be measured",
         .hint =
             data.left_out().empty() ? "" : data.left_out().begin()->second});
  }
  const Reading reading(header, branches, units);
  corpus.over_units = sweep_over_units(spec, removal, header.layers, branches,
                                       reading.effects());
  corpus.over_units.threads = header.threads;
  static_cast<BranchAudit&>(corpus.over_units.audit) = data.audit();
  corpus.summary = EXCISE_TRY(summarize(corpus.over_units, progress));
  describe_branches(branches, reading, corpus.summary);
  corpus.units = units.entries();
  corpus.branches = cells_of(branches);
  std::set<size_t> texts;
  data.for_each([&](size_t window, std::span<const double> row) {
    if (row[SumsLayout::kTokens] == 0) return;
    texts.insert(header.windows[window].text);
    ++corpus.windows;
    corpus.tokens += row[SumsLayout::kTokens];
  });
  corpus.texts = texts.size();
  std::vector<size_t> order(corpus.units.size());
  std::iota(order.begin(), order.end(), size_t{0});
  Random(spec.seed, kOrderStream).shuffle(order);
  for (size_t i = 0; i < header.layers.size(); ++i) {
    corpus.layers.push_back(EXCISE_TRY(corpus_layer(
        reading, branches.removal[i], header.layers[i], spec.seed)));
    corpus.convergence.push_back(
        EXCISE_TRY(convergence_of(corpus.layers.back().means, order)));
  }
  if (!corpus.spec.group.empty()) corpus.groups = EXCISE_TRY(groups_of(corpus));
  return corpus;
}

}  // namespace excise
