// JSON files that others wrote, read without trust.
#ifndef EXCISE_MODEL_TOKENIZER_JSON_FILE_H_
#define EXCISE_MODEL_TOKENIZER_JSON_FILE_H_

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.h"

namespace excise {

// Builds the tree of a JSON text, unless it is so deep that copying it could
// exhaust the stack. A derived class can take parts of it as they are read.
class JsonReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  const nlohmann::json& tree() const { return tree_; }
  const std::string& problem() const { return problem_; }

  bool null() final { return value(nullptr); }
  bool boolean(bool b) final { return value(b); }
  bool number_integer(number_integer_t n) final { return value(n); }
  bool number_unsigned(number_unsigned_t n) final { return value(n); }
  bool number_float(number_float_t x, const string_t&) final {
    return value(x);
  }
  bool string(string_t& text) final { return value(std::move(text)); }
  bool binary(binary_t&) final { return refuse("binary data"); }
  bool start_object(size_t) final { return begin(nlohmann::json::object()); }
  bool start_array(size_t) final { return begin(nlohmann::json::array()); }
  bool end_object() final { return end(); }
  bool end_array() final { return end(); }
  bool key(string_t& name) override;
  bool parse_error(size_t, const std::string&,
                   const nlohmann::json::exception& error) final;

 protected:
  // A value that holds no others; the begin and the end of one that does.
  virtual bool value(nlohmann::json simple);
  virtual bool begin(nlohmann::json empty);
  virtual bool end();

  // Keys of the objects around what comes next: "/model/vocab".
  const std::string& path() const { return path_; }
  bool refuse(std::string what);

 private:
  struct Level {
    nlohmann::json* node;
    size_t outer_path;  // length
  };
  nlohmann::json& place(nlohmann::json part);

  nlohmann::json tree_;
  std::vector<Level> levels_;  // outermost first
  std::string key_;
  std::string path_;
  std::string problem_;
};

// Errors: io (cannot be read), bad_file (larger than any tokenizer's, no JSON
// object, or what the reader refuses), out_of_memory.
Status read_json(const std::filesystem::path& path, JsonReader& reader);
Result<nlohmann::json> read_json_object(const std::filesystem::path& path);

// The member, or null where there is none or `object` is no object.
const nlohmann::json& member(const nlohmann::json& object, const char* key);

// The "type" of a part of tokenizer.json, or what it is where it has none.
std::string part_name(const nlohmann::json& part);

// Whether something is at this path that could be read.
bool is_there(const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_JSON_FILE_H_
