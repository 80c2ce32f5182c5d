// Where the basis of a sweep comes from, as the user states it.
#ifndef EXCISE_FIT_BASIS_SOURCE_H_
#define EXCISE_FIT_BASIS_SOURCE_H_

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "intervention/basis_file.h"

namespace excise {

// Fits one layer's basis on its values a [tokens, width].
using LayerFit = std::function<Result<std::shared_ptr<const Decomposition>>(
    size_t layer, MatrixView<const float> a)>;

struct BasisSource {
  // A fitted basis or the folder of an sae; takes the place of a name.
  std::string file = {};
  // Fit on this text instead of the one that is swept. Of every five windows
  // one is held out.
  std::string corpus = {};
  std::vector<std::string> class_files = {};  // a text for each class
  // Of these three, as an experiment states them; empty: any will do.
  std::string file_fingerprint = {};
  std::string corpus_fingerprint = {};
  std::vector<std::string> class_fingerprints = {};
  std::vector<std::string> class_tokens = {};  // a pattern for each class
  std::optional<uint64_t> components = {};     // or what the basis takes
  std::optional<double> shrinkage = {};
  // What a caller of the library brings; no file of an experiment states it.
  std::shared_ptr<const BasisSet> given = {};  // as the content of `file`
  LayerFit fit = {};  // on the text that is swept, in the place of a name

  // Whether it is fitted on the text that is swept.
  bool this_text() const {
    return file.empty() && !given && corpus.empty() && class_files.empty();
  }
};

// Refuses what does not go together, and options that the basis would not
// listen to. Error: bad_input.
Status check_source(std::string_view basis, const BasisSource& source);

// What an experiment file calls the content of a basis by; file: where it was
// read, empty for one that is not written yet. Errors: those of reading it.
Result<std::string> content_fingerprint(const BasisSet& basis,
                                        const std::filesystem::path& file);

// Refuse another content than the experiment file states (nothing: any will
// do) of a file that it names. key: of the experiment file, for the hint.
Status check_stated_basis(std::string_view stated, const BasisSet& basis,
                          const std::filesystem::path& file);
Status check_stated_text(std::string_view stated, std::string_view found,
                         const std::string& file, std::string_view key);

// A relative file that an experiment names counts from the folder of the
// experiment file, where it is there (a result folder may have its own), else
// from the current folder.
void find_beside(const std::filesystem::path& experiment, std::string& file);

}  // namespace excise

#endif  // EXCISE_FIT_BASIS_SOURCE_H_
