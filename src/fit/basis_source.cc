#include "fit/basis_source.h"

#include <utility>

#include "intervention/bases/registry.h"
#include "intervention/bases/sae.h"
#include "io/fingerprint.h"
#include "io/safetensors.h"
#include "io/text_file.h"

namespace excise {
namespace {

tl::unexpected<Error> refuse(std::string subject, std::string expected,
                             std::string found, std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "spec",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

Status check_distinct(const std::vector<std::string>& classes) {
  for (size_t i = 0; i < classes.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (classes[i] != classes[j]) continue;
      return refuse("classes", "classes that differ",
                    "class " + std::to_string(j) + " and class " +
                        std::to_string(i) + " are the same");
    }
  }
  return {};
}

}  // namespace

Status check_source(std::string_view basis, const BasisSource& source) {
  const bool classes =
      !source.class_files.empty() || !source.class_tokens.empty();
  if (!source.file.empty()) {
    if (!source.corpus.empty() || classes || source.components ||
        source.shrinkage) {
      return refuse("basis file", "nothing that a fit takes",
                    "a corpus, classes, components or shrinkage",
                    "a basis file is fitted already");
    }
    return {};
  }
  const BasisKind& kind = *EXCISE_TRY(find_basis_kind(basis));
  const std::string name(basis);
  if (!source.corpus.empty() && !source.class_files.empty())
    return refuse("corpus", "a corpus or class files", "both");
  if (!source.class_files.empty() && !source.class_tokens.empty())
    return refuse("classes", "class files or class tokens", "both");
  EXCISE_CHECK(check_distinct(source.class_files));
  EXCISE_CHECK(check_distinct(source.class_tokens));
  if (kind.needs_classes && !classes) {
    return refuse("basis " + name, "classes of tokens", "none",
                  "give --class-tokens or --class-file");
  }
  if (!kind.needs_classes && classes) {
    return refuse("classes", "none for the basis " + name, "some",
                  class_basis_names() + " take them");
  }
  if (!kind.worth_a_file && !source.corpus.empty())
    return refuse("corpus", "none for the basis " + name, "one");
  const bool counts = name == "ica" || name == "ged" || name == "random" ||
                      (name == "svd" && !source.this_text());
  if (source.components && !counts) {
    return refuse("components",
                  name == "svd" ? "none: the svd of this text has all of them"
                                : "none for the basis " + name,
                  std::to_string(*source.components));
  }
  if (source.shrinkage && name != "ged" && name != "leace") {
    return refuse("shrinkage", "none for the basis " + name,
                  std::to_string(*source.shrinkage));
  }
  return {};
}

Result<std::string> content_fingerprint(const BasisSet& basis,
                                        const std::filesystem::path& file) {
  ContentFingerprint print;
  print.add(basis.basis);
  const LinearParts* parts = linear_parts(*basis.hooks.front().second);
  if (parts == nullptr) {
    print.add(EXCISE_TRY(read_text_file(file / "cfg.json")));
    print.add(
        EXCISE_TRY(TensorFile::open(file / kSaeWeightsFile)).fingerprint());
    return print.hex();
  }
  print.add(file.empty() ? EXCISE_TRY(basis_fingerprint(basis))
                         : EXCISE_TRY(TensorFile::open(file)).fingerprint());
  print.add(mean_name(parts->op.centre));
  print.add(mean_name(parts->op.restore));
  return print.hex();
}

Status check_stated_text(std::string_view stated, std::string_view found,
                         const std::string& file, std::string_view key) {
  return check_stated(stated, found, "file " + file,
                      "to run the experiment with it all the same, take " +
                          std::string(key) + " out of the experiment file");
}

Status check_stated_basis(std::string_view stated, const BasisSet& basis,
                          const std::filesystem::path& file) {
  if (stated.empty()) return {};
  return check_stated_text(stated, EXCISE_TRY(content_fingerprint(basis, file)),
                           file.string(), "basis_fingerprint");
}

void find_beside(const std::filesystem::path& experiment, std::string& file) {
  const std::filesystem::path named = file;
  if (named.empty() || named.is_absolute()) return;
  std::error_code ignored;
  const std::filesystem::path beside = experiment.parent_path() / named;
  if (std::filesystem::exists(beside, ignored)) file = beside.string();
}

}  // namespace excise
