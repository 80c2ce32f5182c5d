#include "experiment/sweep/results_csv.h"

#include "experiment/common/words.h"
#include "experiment/sweep/branch_tags.h"
#include "experiment/sweep/results_json.h"
#include "io/csv.h"

namespace excise {
namespace {

void add_mean_test(CsvRow& row, const MeanTest& test) {
  row.count(test.n).number(test.df).number(test.mean).number(test.sd);
  row.number(test.t).number(test.p).number(test.q).number(test.cohen_d);
  row.number(test.ci_low).number(test.ci_high);
}

void add_effect(CsvRow& row, const EffectTests& effect) {
  add_mean_test(row, effect.default_n);
  add_mean_test(row, effect.published_n);
  row.number(effect.sign_flip_p);
  row.number(effect.wilcoxon.statistic).number(effect.wilcoxon.p);
}

// At the end of a row: what stands beside t.
void add_second_opinion(CsvRow& row, const EffectTests& effect) {
  const SecondOpinion second = effect.second.value_or(SecondOpinion());
  row.number(second.df).number(second.t).number(second.p).number(second.q);
  row.number(second.ci_low).number(second.ci_high);
  row.number(second.lag1).number(second.n_effective);
  if (!effect.largest) {
    row.text("").text("");
    return;
  }
  row.count(effect.largest->position).number(effect.largest->share);
}

void add_branch(std::string& out, const LayerSummary& layer,
                std::string_view name, const BranchSummary& branch,
                double value_change) {
  CsvRow row(out);
  row.count(layer.layer).text(name).number(layer.share);
  add_effect(row, branch.effect);
  row.number(branch.kl_mean).number(branch.top1_changed_share);
  row.number(branch.drift_end).number(branch.drift_end_relative);
  row.number(branch.drift_resid_final);
  row.number(branch.drift_resid_final_relative);
  row.number(value_change);
  add_second_opinion(row, branch.effect);
}

void add_interaction(std::string& out, const LayerSummary& layer,
                     const EffectTests& interaction) {
  constexpr int kBranchColumns = 7;  // those of a branch, which it is not
  CsvRow row(out);
  row.count(layer.layer).text("interaction").number(layer.share);
  add_effect(row, interaction);
  for (int i = 0; i < kBranchColumns; ++i) row.text("");
  add_second_opinion(row, interaction);
}

// What does not depend on the branch.
struct TokenColumns {
  const CleanRun& clean;
  const std::vector<int>& ids;
  std::vector<std::string> pieces;  // as CSV fields
};

void add_tokens(std::string& out, std::string_view branch, size_t layer,
                const TokenColumns& tokens, const BranchEffect& effect) {
  for (size_t t = 0; t < tokens.ids.size(); ++t) {
    const double clean = tokens.clean.logprob[t];
    const double delta = effect.delta_logprob[t];
    CsvRow row(out);
    row.text(branch).count(layer).count(t);
    row.count(static_cast<size_t>(tokens.ids[t])).text(tokens.pieces[t]);
    if (t == 0) {
      row.text("").text("");
    } else {
      row.number(clean).number(clean - delta);
    }
    row.number(delta);
  }
}

}  // namespace

std::string layers_csv(const Summary& summary) {
  std::string out =
      "layer,branch,share,"
      "n,df,mean,sd,t,p,q,cohen_d,ci_low,ci_high,"
      "published_n,published_df,published_mean,published_sd,published_t,"
      "published_p,published_q,published_cohen_d,published_ci_low,"
      "published_ci_high,"
      "sign_flip_p,wilcoxon_statistic,wilcoxon_p,"
      "kl_mean,top1_changed_share,drift_end,drift_end_relative,"
      "drift_resid_final,drift_resid_final_relative,value_change,"
      "ewc_df,ewc_t,ewc_p,ewc_q,ewc_ci_low,ewc_ci_high,lag1,n_effective,"
      "largest_token,largest_share\n";
  for (const LayerSummary& layer : summary.layers) {
    add_branch(out, layer, sweep_branch::kRemoval.name, layer.removal,
               layer.value_change);
    const CellChanges changes = layer.cells.value_or(CellChanges());
    if (layer.removed) {
      add_branch(out, layer, sweep_branch::kRemoved.name, *layer.removed,
                 changes.removed);
    }
    if (layer.empty) {
      add_branch(out, layer, sweep_branch::kEmpty.name, *layer.empty,
                 changes.empty);
    }
    if (layer.interaction) add_interaction(out, layer, *layer.interaction);
  }
  return out;
}

std::string tokens_csv(const Model& model, const SweepResult& result) {
  TokenColumns tokens{result.clean, result.ids, {}};
  for (const int id : result.ids) {
    tokens.pieces.push_back(csv_field(token_piece(model, id)));
  }
  std::string out =
      "branch,layer,position,token_id,token,logprob_clean,logprob_edited,"
      "delta\n";
  for (const LayerFindings& findings : result.findings) {
    add_tokens(out, sweep_branch::kRemoval.name, findings.layer, tokens,
               findings.removal);
  }
  for (const LayerFindings& findings : result.findings) {
    if (!findings.removed) continue;
    add_tokens(out, sweep_branch::kRemoved.name, findings.layer, tokens,
               *findings.removed);
  }
  for (const LayerFindings& findings : result.findings) {
    if (!findings.empty) continue;
    add_tokens(out, sweep_branch::kEmpty.name, findings.layer, tokens,
               *findings.empty);
  }
  return out;
}

}  // namespace excise
