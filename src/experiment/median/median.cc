#include "experiment/median/median.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <numeric>
#include <string>

#include "core/random.h"
#include "core/threads.h"
#include "experiment/common/number_lists.h"
#include "experiment/common/words.h"
#include "math/statistics/empirical_p.h"
#include "model/forward.h"
#include "run/executor.h"
#include "run/run_branches.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

// What its branches are.
constexpr BranchTag kReplaced{"removal"}, kRandom{"control", false},
    kNoOp{"no_op", true, false};

// What the branches of each layer are: all cells of the layer, then their
// random draws, cell after cell; at one layer a branch without an edit.
// Branch::index counts cells, or draws over all cells of the layer.
std::vector<Branch> plan_branches(const MedianSpec& spec,
                                  std::span<const size_t> layers,
                                  size_t no_op_layer) {
  std::vector<Branch> branches;
  for (const size_t layer : layers) {
    for (size_t i = 0; i < spec.percent.size(); ++i) {
      branches.push_back({layer, kReplaced, i});
    }
    for (size_t i = 0; i < spec.percent.size() * spec.random; ++i) {
      branches.push_back({layer, kRandom, i});
    }
    if (layer == no_op_layer) branches.push_back({layer, kNoOp});
  }
  return branches;
}

// Random neurons of one draw: its own numbers for each layer, share and repeat.
std::vector<size_t> random_neurons(const MedianSpec& spec, size_t layer,
                                   size_t draw, size_t neurons) {
  std::vector<size_t> order(neurons);
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t draws = spec.percent.size() * spec.random;
  Random(spec.seed, layer * draws + draw).shuffle(order);
  return order;
}

// The change that one branch makes to the rows it changes.
void edit_branch(const MedianSpec& spec, const Branch& branch,
                 MatrixView<const float> pre, MatrixView<float> delta) {
  const size_t last = pre.rows() - 1;
  for (size_t t = 0; t < pre.rows(); ++t) {
    std::ranges::fill(delta.row(t), 0.0F);
    const bool changed = t == last || spec.rows == MedianRows::kAll;
    if (!changed || branch.tag == kNoOp) continue;
    const bool control = branch.tag == kRandom;
    const size_t cell = control ? branch.index / spec.random : branch.index;
    const std::vector<size_t> order =
        control ? random_neurons(spec, branch.layer, branch.index, pre.cols())
                : ranked_neurons(pre.row(t), spec.by);
    const size_t count = top_count(spec.percent[cell], pre.cols());
    replacement_change(pre.row(t), std::span(order).first(count),
                       replacement_value(pre.row(t), spec.replace_with),
                       delta.row(t));
  }
}

// Where the target stands among all tokens after the prompt, from one plain
// forward pass.
Status rank_target(const Model& model, const Progress& progress,
                   MedianResult& result) {
  const ForwardOutput output = EXCISE_TRY(
      run_forward(model.config, model.weights, result.ids, {}, progress));
  const size_t last = result.ids.size() - 1;
  const Matrix<float> logits = EXCISE_TRY(
      unembed(model.weights, output.normalized.view().row_range(last, 1)));
  const auto row = logits.row(0);
  const float target = row[static_cast<size_t>(result.target)];
  result.clean_rank =
      1 + static_cast<size_t>(std::ranges::count_if(
              row, [&](float logit) { return logit > target; }));
  return {};
}

void take_effect(const Branch& branch, const BranchEffect& effect,
                 std::span<MedianCell> layer_cells, MedianResult& result) {
  result.audit.edits_fired += effect.fired;
  const Prediction& change = effect.requested.front();
  if (branch.tag == kNoOp) {
    result.audit.no_op_max_abs_delta_logprob = std::abs(change.logprob);
  } else if (branch.tag == kRandom) {
    layer_cells[branch.index / result.spec.random].random.push_back(
        change.logprob);
  } else {
    MedianCell& cell = layer_cells[branch.index];
    cell.delta_logprob = change.logprob;
    cell.delta_logit = change.logit;
    cell.kl = effect.kl.back();
    cell.top1_changed = effect.top1_changed.back() != 0;
  }
}

Result<MedianResult> median(const Model& model, const MedianSpec& spec,
                            const Progress& progress) {
  const auto start = Clock::now();
  EXCISE_CHECK(check_median_spec(spec));
  MedianResult result;
  result.spec = spec;
  result.threads = use_threads(spec.threads);
  result.ids = spec.ids;
  if (spec.ids.empty()) {
    result.ids = EXCISE_TRY(encode_text(model, spec.prompt, "median"));
  }
  EXCISE_CHECK(check_ids(model.config, result.ids));
  result.target =
      spec.target_id
          ? static_cast<int>(*spec.target_id)
          : EXCISE_TRY(word_token(
                model, spec.target,
                spec.first_token ? LongWord::kFirstToken : LongWord::kRefuse,
                "median",
                "--first-token measures the first of them, --target-id any"));
  EXCISE_CHECK(check_ids(model.config, std::vector{result.target}));
  result.layers = EXCISE_TRY(parse_layers(spec.layers, model.config.n_layers));

  const size_t shares = spec.percent.size();
  for (const size_t layer : result.layers) {
    for (const double percent : spec.percent) {
      result.cells.push_back({.layer = layer,
                              .percent = percent,
                              .count = top_count(percent, model.config.d_mlp)});
    }
  }
  const std::vector<Branch> branches = plan_branches(
      spec, result.layers, result.layers[result.layers.size() / 2]);
  const PredictionRequest request{result.ids.size() - 1, result.target};
  const ExecutorInput input{
      .config = model.config,
      .weights = model.weights,
      .ids = result.ids,
      .branches = branches,
      .edit = [&](size_t, MatrixView<const float> pre,
                  std::span<const Branch> some,
                  std::span<const MatrixView<float>> deltas) -> Status {
        for (size_t b = 0; b < some.size(); ++b) {
          edit_branch(spec, some[b], pre, deltas[b]);
        }
        return {};
      },
      .capture = std::nullopt,
      .requests = {&request, 1},
      .take_effects =
          [&](size_t first, std::span<const BranchEffect> effects) {
            for (size_t i = 0; i < effects.size(); ++i) {
              const Branch& branch = branches[first + i];
              const auto layer =
                  std::ranges::find(result.layers, branch.layer) -
                  result.layers.begin();
              take_effect(
                  branch, effects[i],
                  std::span(result.cells)
                      .subspan(static_cast<size_t>(layer) * shares, shares),
                  result);
            }
          }};
  const ExecutorOutput output =
      EXCISE_TRY(run_branches(input, spec, "median", progress, result.audit));

  result.clean = output.clean.requested.front();
  result.clean_top1 = output.clean.top1.back();
  result.passes = output.passes;
  result.audit.edits_expected = branches.size();
  for (MedianCell& cell : result.cells) {
    cell.random_p_one_sided =
        empirical_p(cell.delta_logprob, cell.random, Tail::kAbove);
  }
  EXCISE_CHECK(check_branches(result.audit, "median"));
  EXCISE_CHECK(rank_target(model, progress, result));
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace

const MedianCell& MedianResult::worst() const {
  // What is no number comes behind every number.
  return *std::ranges::max_element(cells, {}, [](const MedianCell& cell) {
    return std::isnan(cell.delta_logprob) ? -HUGE_VAL : cell.delta_logprob;
  });
}

Result<MedianResult> run_median(const Model& model, const MedianSpec& spec,
                                const Progress& progress) {
  try {
    EXCISE_CHECK(model.check_experiment(
        spec.model_fingerprint, spec.tokenizer_fingerprint, spec.model));
    MedianResult result = EXCISE_TRY(median(model, spec, progress));
    result.spec.model_fingerprint = model.fingerprint();
    if (!spec.prompt.empty() || !spec.target.empty())
      result.spec.tokenizer_fingerprint = model.tokenizer_fingerprint();
    return result;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "median",
                 .subject = "memory",
                 .found = "less than this prompt and model need",
                 .hint = "set --memory-limit or lower --random"});
  }
}

}  // namespace excise
