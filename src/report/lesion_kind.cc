#include "report/head_parts.h"
#include "report/lesion_panels.h"
#include "report/method_panel.h"
#include "report/panel_parts.h"
#include "report/result_kind.h"
#include "report/result_reader.h"

namespace excise {
namespace {

// The clean logits stand in both files: the arrays are of these tests.
Status check_tests(const std::filesystem::path& file,
                   const ResultFolder& folder) {
  const Matrix<double>* clean = folder.array("logit_clean");
  if (clean == nullptr) return {};
  const auto& tests = value_at(folder.results, "/tests");
  for (size_t i = 0; i < tests.size(); ++i) {
    if (clean->row(i)[0] == number_at(tests[i], "/clean/first/logit") &&
        clean->row(i)[1] == number_at(tests[i], "/clean/second/logit")) {
      continue;
    }
    return bad_result(file, "logit_clean", "the tests of results.json",
                      "those of another lesion");
  }
  return {};
}

Status read_lesion(const std::filesystem::path& path, ResultFolder& folder) {
  const size_t tests = count_tests(folder);
  if (tests == 0) {
    return bad_result(path / "results.json", "tests",
                      "a list with an entry for each place", "none");
  }
  const auto file = path / "arrays.safetensors";
  folder.file = EXCISE_TRY(TensorFile::open(file));
  const size_t layers = folder.layers.size();
  const std::optional<size_t> any;
  EXCISE_CHECK(read_arrays(file,
                           {{"t", {layers, any}, true},
                            {"group", {layers, any}, true},
                            {"logit_clean", {tests, 2}, !is_older(folder)},
                            {"delta_logit", {layers, 2, tests, 2}, true},
                            {"selective_loss_random", {layers, 2, any}},
                            {"mean_abs_delta_logit_random", {layers, 2, any}}},
                           folder));
  return check_tests(file, folder);
}

Panel lesion_method_panel(const ResultFolder& folder) {
  const auto& manifest = value_at(folder.results, "/manifest");
  Method method{.command = "excise run experiment.toml --out again"};
  method.experiment =
      experiment_toml(folder, "excise.lesion-experiment/1", {"n_pairs"}) +
      "# and the pairs: in the folder's own experiment.toml\n";
  method.caveat.raw(
      "Tests within one sentence are not independent. With many pairs nearly "
      "every neuron is significant, and zeroing half of a layer changes the "
      "balance of two words whichever half it is: read the groups beside the "
      "random ones.");
  method.facts = {
      {"hook of the t", value_at(manifest, "/hook_fitted")},
      {"pairs", value_at(manifest, "/spec/n_pairs")},
      {"pairs fingerprint", value_at(manifest, "/pairs_fingerprint")}};
  return method_panel(folder, method);
}

Result<std::vector<Panel>> lesion_panels(const ResultFolder& folder) {
  return std::vector<Panel>{
      lesion_profile_panel(folder), lesion_control_panel(folder),
      lesion_tests_panel(folder), lesion_neurons_panel(folder),
      lesion_method_panel(folder)};
}

size_t first_row(const ResultFolder& folder) {
  return largest(folder.by_layer("/mean_abs_delta_logit")).value_or(0);
}

std::string word_at(const ResultFolder& folder, const char* pointer) {
  return "\u201C" + token_label(text_at(folder.results, pointer), 24) +
         "\u201D";
}

}  // namespace

std::array<LesionGroup, 2> lesion_groups(const ResultFolder& folder) {
  const std::string first = word_at(folder, "/words/first");
  const std::string second = word_at(folder, "/words/second");
  return {{{0, first, second, "/zeroed_first", Hue::kRemoval},
           {1, second, first, "/zeroed_second", Hue::kMeanAlone}}};
}

std::vector<double> by_layer(const ResultFolder& folder,
                             const LesionGroup& group, const char* key) {
  return folder.by_layer((group.key + key).c_str());
}

size_t count_tests(const ResultFolder& folder) {
  const auto& tests = value_at(folder.results, "/tests");
  return tests.is_array() ? tests.size() : 0;
}

Html test_html(const nlohmann::json& test) {
  MarkedText text;
  const auto& pieces = value_at(test, "/pieces");
  for (const auto& piece :
       pieces.is_array() ? pieces : nlohmann::json::array()) {
    text.pieces.push_back(piece.is_string() ? piece.get<std::string>() : "");
  }
  text.next = text_at(test, "/before");
  if (text.pieces.empty()) {
    text.pieces = {text_at(test, "/prefix")};
    text.count = 0;
  }
  text.first = text.pieces.size() - text.count;
  return marked_text(text);
}

const ResultKind& lesion_kind() {
  static const ResultKind kKind = {.schema = "excise.lesion/2",
                                   .older_schema = "excise.lesion/1",
                                   .read = &read_lesion,
                                   .head = &lesion_head,
                                   .main_figure = &lesion_main_figure,
                                   .panels = &lesion_panels,
                                   .first_row = &first_row};
  return kKind;
}

}  // namespace excise
