// The keys of a GGUF file under the names that config.json has for them, so
// that a family reads both by one function.
#ifndef EXCISE_MODEL_ARCHITECTURE_GGUF_KEYS_H_
#define EXCISE_MODEL_ARCHITECTURE_GGUF_KEYS_H_

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "io/gguf_header.h"

namespace excise {

// Of one architecture: "block_count" is "llama.block_count". Borrows the
// metadata. Errors of all: bad_file naming file and key.
class GgufKeys {
 public:
  GgufKeys(const GgufMetadata& metadata, std::string_view architecture)
      : metadata_(metadata), prefix_(std::string(architecture) + ".") {}

  std::string name(std::string_view key) const {
    return prefix_ + std::string(key);
  }
  tl::unexpected<Error> bad(ErrorCode code, std::string_view key,
                            std::string expected, std::string hint = {}) const {
    return metadata_.bad(code, name(key), std::move(expected), std::move(hint));
  }

  // From 1 to kLargestSize. A list of as many as there are layers counts as one
  // where all are the same; else unsupported.
  Result<std::optional<size_t>> size(std::string_view key) const;
  Result<size_t> needed_size(std::string_view key) const;
  Result<std::optional<double>> number(std::string_view key) const;
  Result<std::optional<bool>> flag(std::string_view key) const;
  const GgufMetadata& metadata() const { return metadata_; }

 private:
  const GgufMetadata& metadata_;
  std::string prefix_;
};

// What every decoder has: layers, widths, heads, context.
Status add_gguf_sizes(const GgufKeys& keys, nlohmann::json& config);

// The number of `key` as `name` of config.json, where it is there.
Status add_gguf_number(const GgufKeys& keys, std::string_view key,
                       const char* name, nlohmann::json& config);

// rope_theta and rope_parameters, as llama.cpp reads them: no scaling, linear
// or yarn. Error unsupported for another.
Status add_gguf_rotary(const GgufKeys& keys, nlohmann::json& config);

// The same, sizes and the epsilon of families whose files are as Llama's, which
// turn whole heads.
Status add_gguf_llama(const GgufKeys& keys, nlohmann::json& config);

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_GGUF_KEYS_H_
