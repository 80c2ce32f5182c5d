#include "experiment/corpus/corpus_tables.h"

#include <cmath>

#include "experiment/sweep/branch_tags.h"
#include "io/csv.h"

namespace excise {
namespace {

void add_effect(CsvRow& row, const EffectTests& effect) {
  const MeanTest& test = effect.default_n;
  row.count(test.n).number(test.df).number(test.mean).number(test.sd);
  row.number(test.t).number(test.p).number(test.q).number(test.cohen_d);
  row.number(test.ci_low).number(test.ci_high);
  row.number(effect.sign_flip_p);
  row.number(effect.wilcoxon.statistic).number(effect.wilcoxon.p);
}

}  // namespace

std::string corpus_layers_csv(const CorpusSummary& corpus) {
  std::string out =
      "layer,branch,share,n,df,mean,sd,t,p,q,cohen_d,ci_low,ci_high,"
      "sign_flip_p,wilcoxon_statistic,wilcoxon_p,kl_mean,top1_changed_share,"
      "bootstrap_low,bootstrap_high,token_mean,drift_rms,units_hurt\n";
  for (size_t i = 0; i < corpus.layers.size(); ++i) {
    const LayerSummary& layer = corpus.summary.layers[i];
    const auto add = [&](const BranchTag& tag, const BranchSummary& branch,
                         const CorpusLayer* more) {
      CsvRow row(out);
      row.count(layer.layer).text(tag.name).number(layer.share);
      add_effect(row, branch.effect);
      row.number(branch.kl_mean).number(branch.top1_changed_share);
      if (more == nullptr) {
        for (int column = 0; column < 5; ++column) row.text("");
        return;
      }
      const auto end = [&](double Interval::*which) {
        return more->bootstrap ? std::optional((*more->bootstrap).*which)
                               : std::nullopt;
      };
      row.number(end(&Interval::low)).number(end(&Interval::high));
      row.number(more->token_mean).number(more->drift_rms);
      row.count(more->units_hurt);
    };
    add(sweep_branch::kRemoval, layer.removal, &corpus.layers[i]);
    if (layer.removed) add(sweep_branch::kRemoved, *layer.removed, nullptr);
    if (layer.empty) add(sweep_branch::kEmpty, *layer.empty, nullptr);
  }
  return out;
}

Status write_sums_csv(const CorpusData& data, const CorpusSummary& corpus,
                      CorpusSums::By by, OutputFile& file) {
  const CorpusSums sums(data, by);
  const SumsLayout layout = data.header().layout();
  const bool by_text = by == CorpusSums::By::kText;
  std::string out = std::string(by_text ? "text" : "unit") +
                    ",group,windows,tokens,logprob_clean,layer,branch,share,"
                    "effect,kl,top1_changed_share,drift_rms\n";
  for (const CorpusBranch& branch : corpus.branches) {
    const auto means = sums.means_of(
        {layout.sum(branch.index, Sum::kD), layout.sum(branch.index, Sum::kKl),
         layout.sum(branch.index, Sum::kTop1Changed),
         layout.sum(branch.index, Sum::kDriftSquared)});
    const auto shares = sums.window_mean_of(layout.share(branch.layer_index));
    for (size_t i = 0; i < sums.entries().size(); ++i) {
      const Measured& entry = sums.entries()[i];
      CsvRow row(out);
      row.text(csv_field(entry.name)).text(csv_field(entry.group));
      row.count(entry.windows);
      row.count(static_cast<size_t>(entry.tokens));
      row.number(entry.logprob / entry.tokens);
      row.count(data.header().layers[branch.layer_index]).text(branch.name);
      row.number(shares[i]).number(means[0][i]).number(means[1][i]);
      row.number(means[2][i]).number(std::sqrt(means[3][i]));
    }
    EXCISE_CHECK(file.write(out));
    out.clear();
  }
  return {};
}

Status write_tokens_csv(const CorpusData& data, OutputFile& file) {
  const CorpusHeader& header = data.header();
  EXCISE_CHECK(file.write("text,window,position,token,layer,effect,kl\n"));
  return data.for_each_tokens([&](size_t window,
                                  const TokenRows& tokens) -> Status {
    const std::string& text = header.texts[header.windows[window].text].name;
    std::string out;
    for (size_t t = 0; t < tokens.size(); ++t) {
      const std::string piece = csv_field(tokens.piece(t));
      for (size_t i = 0; i < header.layers.size(); ++i) {
        CsvRow row(out);
        row.text(csv_field(text)).count(window).count(tokens.position(t));
        row.text(piece).count(header.layers[i]);
        row.number(tokens.effect(t, i)).number(tokens.kl(t, i));
      }
    }
    return file.write(out);
  });
}

}  // namespace excise
