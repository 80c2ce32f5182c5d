#include "model/tokenizer/json_file.h"

#include <new>
#include <utility>

#include "io/text_file.h"
#include "model/tokenizer/file_error.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr size_t kDeepest = 64;
// A tree in memory is up to 20 times as large as its text.
constexpr size_t kMostBytes = size_t{64} << 20;

}  // namespace

bool JsonReader::key(string_t& name) {
  key_ = std::move(name);
  return true;
}

bool JsonReader::parse_error(size_t, const std::string&,
                             const json::exception& error) {
  return refuse(error.what());
}

bool JsonReader::refuse(std::string what) {
  problem_ = std::move(what);
  return false;
}

json& JsonReader::place(json part) {
  if (levels_.empty()) return tree_ = std::move(part);
  json& outer = *levels_.back().node;
  if (outer.is_object()) return outer[key_] = std::move(part);
  outer.push_back(std::move(part));
  return outer.back();
}

bool JsonReader::value(json simple) {
  place(std::move(simple));
  return true;
}

bool JsonReader::begin(json empty) {
  if (levels_.size() == kDeepest) {
    return refuse("more than " + std::to_string(kDeepest) + " levels");
  }
  levels_.push_back({&place(std::move(empty)), path_.size()});
  if (levels_.size() > 1) path_ += "/" + std::exchange(key_, {});
  return true;
}

bool JsonReader::end() {
  path_.resize(levels_.back().outer_path);
  levels_.pop_back();
  return true;
}

Status read_json(const std::filesystem::path& path, JsonReader& reader) {
  const std::string text = EXCISE_TRY(read_text_file(path, kMostBytes));
  try {
    if (!json::sax_parse(text, &reader)) {
      return bad_file(path, "a JSON object", reader.problem());
    }
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "tokenizer", .subject = path.string()});
  }
  if (!reader.tree().is_object()) {
    return bad_file(path, "a JSON object", reader.tree().type_name());
  }
  return {};
}

Result<json> read_json_object(const std::filesystem::path& path) {
  JsonReader reader;
  EXCISE_CHECK(read_json(path, reader));
  return reader.tree();
}

const json& member(const json& object, const char* key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string part_name(const json& part) {
  const json& type = member(part, "type");
  if (type.is_string()) return type.get<std::string>();
  return part.is_primitive() ? part.dump() : part.type_name();
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace excise
