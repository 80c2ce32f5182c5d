// Reads keys of one config.json, and knows in the end which it was not asked
// for.
#ifndef EXCISE_MODEL_ARCHITECTURE_CONFIG_READER_H_
#define EXCISE_MODEL_ARCHITECTURE_CONFIG_READER_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/architecture/config.h"
#include "model/architecture/family.h"

namespace excise {

// Far above every model, far below what would overflow a product of two.
constexpr int64_t kLargestSize = int64_t{1} << 24;
constexpr int64_t kMostLayers = 4096;

// Borrows what it is made of. Errors of all: bad_file naming file and key.
class ConfigReader {
 public:
  ConfigReader(const nlohmann::json& config, const std::filesystem::path& path,
               const Family& family)
      : config_(config), path_(path), family_(family) {}

  // An error that names the key and what the file has there.
  tl::unexpected<Error> bad(ErrorCode code, std::string_view key,
                            std::string expected, std::string hint = {}) const;

  // The same of a value that lies deeper; name: of it, as in
  // "rope_scaling.factor". value: null where there is none.
  tl::unexpected<Error> bad_value(ErrorCode code, const std::string& name,
                                  const nlohmann::json* value,
                                  std::string expected,
                                  std::string hint = {}) const;

  // The value of a key; null where the file has none, or null.
  const nlohmann::json* value(std::string_view key) const;
  // Whether the key is there; null is as good as nothing.
  bool present(std::string_view key) const;
  // The same under the name itself, whatever it holds.
  bool contains(std::string_view key) const;
  // The name under which the file has this key: its own or its alias.
  Result<std::string_view> name_of(std::string_view key) const;

  // A size from 1 to `largest`; `otherwise` where the key is absent.
  Result<size_t> size(std::string_view key, size_t otherwise,
                      int64_t largest = kLargestSize) const;
  // The same where null is as good as absent.
  Result<size_t> size_or(std::string_view key, size_t otherwise) const;
  Result<bool> flag(std::string_view key, bool otherwise) const;
  // A positive number, within float32.
  Result<double> positive(std::string_view key, double otherwise) const;
  // Error unsupported for a name that is none of Transformers' here.
  Result<Activation> activation(std::string_view key,
                                Activation otherwise) const;
  // eos_token_id, as far as the vocabulary has it. otherwise: where the key is
  // absent; below 0: none.
  std::vector<int> end_of_text(int otherwise, size_t d_vocab) const;

  // Options that would change the numbers, and that no family here has, must be
  // off. Error: unsupported.
  Status refuse_others() const;
  // What generate() would do and excise does not, and each key that nobody
  // asked for, as notes.
  void note_others(ModelConfig& config) const;

 private:
  // Notes that somebody asked for the key.
  const nlohmann::json* find(std::string_view key) const;

  const nlohmann::json& config_;
  const std::filesystem::path& path_;
  const Family& family_;
  mutable std::set<std::string, std::less<>> asked_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_CONFIG_READER_H_
