#include "experiment/lesion/lesion.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <numeric>

#include "core/random.h"
#include "core/threads.h"
#include "experiment/common/mean_test.h"
#include "experiment/common/number_lists.h"
#include "experiment/lesion/lesion_tests.h"
#include "math/statistics/empirical_p.h"
#include "run/executor.h"
#include "run/run_branches.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

// Branch::index at a layer: the two groups, then random ones of the size of the
// first and of the second in turn.
constexpr size_t kGroups = 2;

// What its branches are.
constexpr BranchTag kZeroed{"removal"}, kRandom{"control", false},
    kNoOp{"no_op", true, false};

std::vector<Branch> plan_branches(const LesionSpec& spec,
                                  std::span<const size_t> layers,
                                  size_t no_op_layer) {
  std::vector<Branch> branches;
  const auto add = [&](size_t layer, BranchTag tag, size_t index) {
    branches.push_back({layer, tag, index, HookPoint::kMlpPost});
  };
  for (const size_t layer : layers) {
    for (size_t g = 0; g < kGroups; ++g) add(layer, kZeroed, g);
    for (size_t i = 0; i < kGroups * spec.random; ++i) {
      add(layer, kRandom, kGroups + i);
    }
    if (layer == no_op_layer) add(layer, kNoOp, 0);
  }
  return branches;
}

// The neurons that each branch of each layer zeroes: [layers][index].
using ZeroedNeurons = std::vector<std::vector<std::vector<size_t>>>;

ZeroedNeurons choose_neurons(const LesionSpec& spec,
                             std::span<const LayerLesion> lesions) {
  ZeroedNeurons zeroed;
  for (const auto& [groups, first, second] : lesions) {
    auto& layer = zeroed.emplace_back();
    layer = {groups.first, groups.second};
    std::vector<size_t> order(groups.t.size());
    for (size_t i = 0; i < kGroups * spec.random; ++i) {
      std::iota(order.begin(), order.end(), size_t{0});
      // 0 is the stream of the split into fitted and held-out pairs.
      const size_t stream = 1 + groups.layer * kGroups * spec.random + i;
      Random(spec.seed, stream).shuffle(order);
      const auto count = static_cast<std::ptrdiff_t>(layer[i % kGroups].size());
      layer.emplace_back(order.begin(), order.begin() + count);
    }
  }
  return zeroed;
}

// All branches of one test; gives what each did, in their order.
Result<ExecutorOutput> run_test(const Model& model, const LesionSpec& spec,
                                const LesionTest& test,
                                std::span<const Branch> branches,
                                std::span<const size_t> layers,
                                const ZeroedNeurons& zeroed,
                                const Progress& progress, BranchAudit& audit) {
  const std::array<PredictionRequest, 2> requests = {
      {{test.position, test.words[0]}, {test.position, test.words[1]}}};
  const auto edit = [&](size_t layer, MatrixView<const float> post,
                        std::span<const Branch> some,
                        std::span<const MatrixView<float>> deltas) -> Status {
    const auto at = static_cast<size_t>(
        std::ranges::lower_bound(layers, layer) - layers.begin());
    for (size_t b = 0; b < some.size(); ++b) {
      for (size_t t = 0; t < post.rows(); ++t) {
        std::ranges::fill(deltas[b].row(t), 0.0F);
      }
      if (some[b].tag == kNoOp) continue;
      for (const size_t j : zeroed[at][some[b].index]) {
        deltas[b](test.position, j) = -post(test.position, j);
      }
    }
    return {};
  };
  const ExecutorInput input{.config = model.config,
                            .weights = model.weights,
                            .ids = test.ids,
                            .branches = branches,
                            .edit = edit,
                            .capture = std::nullopt,
                            .requests = requests};
  return run_branches(input, spec, "lesion", progress, audit);
}

// The loss of the own word beyond that of the other, and the mean size of both.
double selective_loss(const WordPair& delta, size_t own) {
  return delta[own].logit - delta[1 - own].logit;
}
double mean_size(const WordPair& delta) {
  return (std::abs(delta[0].logit) + std::abs(delta[1].logit)) / 2;
}

// Sums over tests of what branches of one layer did become their means.
Status summarize_group(size_t own, size_t tests, GroupLesion& group) {
  const auto n = static_cast<double>(tests);
  std::vector<double> losses;
  for (const WordPair& delta : group.delta) {
    losses.push_back(selective_loss(delta, own));
    group.mean_abs_delta_logit += mean_size(delta) / n;
    for (const size_t word : {0, 1}) {
      group.mean_delta_logit[word] += delta[word].logit / n;
    }
  }
  static_cast<OneSampleT&>(group.selective_loss) =
      EXCISE_TRY(one_sample_t(losses));
  for (double& value : group.random_selective_loss) value /= n;
  for (double& value : group.random_mean_abs) value /= n;
  if (group.zeroed == 0) return {};
  group.random_p_one_sided = empirical_p(
      *group.selective_loss.mean, group.random_selective_loss, Tail::kAbove);
  group.random_abs_p_one_sided = empirical_p(
      group.mean_abs_delta_logit, group.random_mean_abs, Tail::kAbove);
  return {};
}

void take_effect(const Branch& branch, const BranchEffect& effect,
                 LesionResult& result) {
  const auto at = static_cast<size_t>(
      std::ranges::lower_bound(result.layers, branch.layer) -
      result.layers.begin());
  const WordPair delta = {effect.requested[0], effect.requested[1]};
  result.audit.edits_fired += effect.fired;
  if (branch.tag == kNoOp) {
    for (const Prediction& change : delta) {
      result.audit.no_op_max_abs_delta_logprob = std::max(
          result.audit.no_op_max_abs_delta_logprob, std::abs(change.logprob));
    }
    return;
  }
  const size_t own = branch.index % kGroups;
  LayerLesion& lesion = result.lesions[at];
  GroupLesion& group = own == 0 ? lesion.first : lesion.second;
  if (branch.tag == kZeroed) {
    group.delta.push_back(delta);
    return;
  }
  const size_t draw = branch.index / kGroups - 1;
  group.random_selective_loss[draw] += selective_loss(delta, own);
  group.random_mean_abs[draw] += mean_size(delta);
}

Result<LesionResult> lesion(const Model& model, const LesionSpec& spec,
                            const Progress& progress) {
  const auto start = Clock::now();
  EXCISE_CHECK(check_lesion_spec(spec));
  LesionResult result;
  result.spec = spec;
  result.spec.hold_out = held_out_share(spec);
  result.threads = use_threads(spec.threads);
  result.layers = EXCISE_TRY(parse_layers(spec.layers, model.config.n_layers));
  const PairSplit split =
      split_pairs(spec.pairs.pairs.size(), *result.spec.hold_out, spec.seed);
  // What is wrong with a pair is said first where there is one to test.
  if (split.held_out.empty() && spec.tests.empty()) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "lesion",
         .subject = "pairs",
         .expected = "at least 2 to fit on, and beside them 1 held out "
                     "or a sentence to test (--test)",
         .found = std::to_string(split.fitted.size()) + " to fit on and " +
                  std::to_string(split.held_out.size()) + " held out"});
  }
  result.fitted = split.fitted;
  result.held_out = split.held_out;
  result.tests = EXCISE_TRY(lesion_tests(model, spec, split.held_out));

  std::vector<SentencePair> fitted;
  for (const size_t i : split.fitted) fitted.push_back(spec.pairs.pairs[i]);
  const std::vector<Matrix<float>> differences =
      EXCISE_TRY(pair_differences(model, fitted, result.layers, progress));
  for (size_t i = 0; i < result.layers.size(); ++i) {
    LayerLesion& layer = result.lesions.emplace_back();
    layer.groups =
        EXCISE_TRY(group_neurons(result.layers[i], differences[i], spec.q));
    layer.first.zeroed = layer.groups.first.size();
    layer.second.zeroed = layer.groups.second.size();
    for (GroupLesion* group : {&layer.first, &layer.second}) {
      group->random_selective_loss.resize(spec.random);
      group->random_mean_abs.resize(spec.random);
    }
  }

  const std::vector<Branch> branches = plan_branches(
      spec, result.layers, result.layers[result.layers.size() / 2]);
  const ZeroedNeurons zeroed = choose_neurons(spec, result.lesions);
  for (size_t i = 0; i < result.tests.size(); ++i) {
    LesionTest& test = result.tests[i];
    const ExecutorOutput output = EXCISE_TRY(run_test(
        model, spec, test, branches, result.layers, zeroed,
        part_of(progress, "tests", i, result.tests.size()), result.audit));
    test.clean = {output.clean.requested[0], output.clean.requested[1]};
    for (size_t b = 0; b < branches.size(); ++b) {
      take_effect(branches[b], output.effects[b], result);
    }
  }
  result.audit.edits_expected = branches.size() * result.tests.size();
  EXCISE_CHECK(check_branches(result.audit, "lesion"));

  std::vector<MeanTest*> first, second;
  for (LayerLesion& layer : result.lesions) {
    EXCISE_CHECK(summarize_group(0, result.tests.size(), layer.first));
    EXCISE_CHECK(summarize_group(1, result.tests.size(), layer.second));
    first.push_back(&layer.first.selective_loss);
    second.push_back(&layer.second.selective_loss);
  }
  EXCISE_CHECK(adjust_over_layers(first));
  EXCISE_CHECK(adjust_over_layers(second));
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace

Result<LesionResult> run_lesion(const Model& model, const LesionSpec& spec,
                                const Progress& progress) {
  try {
    EXCISE_CHECK(model.check_experiment(
        spec.model_fingerprint, spec.tokenizer_fingerprint, spec.model));
    LesionResult result = EXCISE_TRY(lesion(model, spec, progress));
    result.spec.model_fingerprint = model.fingerprint();
    result.spec.tokenizer_fingerprint = model.tokenizer_fingerprint();
    return result;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "lesion",
                 .subject = "memory",
                 .found = "less than these pairs and this model need",
                 .hint = "set --memory-limit or lower --random"});
  }
}

}  // namespace excise
