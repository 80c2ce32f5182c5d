#include "experiment/sweep/spec_toml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include "experiment/common/toml_values.h"
#include "experiment/sweep/spec_values.h"
#include "io/text_file.h"
#include "run/edit_place.h"

namespace excise {
namespace {

constexpr std::string_view kSchema = "excise.experiment/1";
constexpr size_t kMaxBytes = size_t{16} << 20;

// One key of the file. write() gives an empty text where the key is to be left
// out.
struct Field {
  std::string_view key;
  std::string (*write)(const Spec& spec);
  Expected (*read)(const toml::node& value, Spec& spec);
};

Expected read_schema(const toml::node& value) {
  const bool known = value.value_exact<std::string>() == std::string(kSchema);
  return known ? "" : toml_string(kSchema);
}

const std::array kFields = {
    Field{"schema", [](const Spec&) { return toml_string(kSchema); },
          [](const toml::node& v, Spec&) { return read_schema(v); }},
    Field{"model", [](const Spec& s) { return toml_string(s.model); },
          [](const toml::node& v, Spec& s) { return read_string(v, s.model); }},
    Field{"model_fingerprint",
          [](const Spec& s) { return toml_if_given(s.model_fingerprint); },
          [](const toml::node& v, Spec& s) {
            return read_string(v, s.model_fingerprint);
          }},
    Field{"tokenizer_fingerprint",
          [](const Spec& s) { return toml_if_given(s.tokenizer_fingerprint); },
          [](const toml::node& v, Spec& s) {
            return read_string(v, s.tokenizer_fingerprint);
          }},
    Field{"text",
          [](const Spec& s) {
            return s.text.empty() ? std::string() : text_values(s);
          },
          [](const toml::node& v, Spec& s) { return read_texts(v, s); }},
    Field{"ids",
          [](const Spec& s) {
            return s.ids.empty() ? std::string() : list(s.ids);
          },
          [](const toml::node& v, Spec& s) { return read_counts(v, s.ids); }},
    Field{
        "preset", [](const Spec& s) { return toml_if_given(s.preset); },
        [](const toml::node& v, Spec& s) { return read_string(v, s.preset); }},
    Field{
        "centre", [](const Spec& s) { return toml_if_given(s.centre); },
        [](const toml::node& v, Spec& s) { return read_string(v, s.centre); }},
    Field{
        "restore", [](const Spec& s) { return toml_if_given(s.restore); },
        [](const toml::node& v, Spec& s) { return read_string(v, s.restore); }},
    Field{"basis",
          [](const Spec& s) {
            return s.source.file.empty() ? toml_string(s.basis) : std::string();
          },
          [](const toml::node& v, Spec& s) { return read_string(v, s.basis); }},
    Field{"basis_file",
          [](const Spec& s) { return toml_if_given(s.source.file); },
          [](const toml::node& v, Spec& s) {
            return read_string(v, s.source.file);
          }},
    Field{
        "basis_fingerprint",
        [](const Spec& s) { return toml_if_given(s.source.file_fingerprint); },
        [](const toml::node& v, Spec& s) {
          return read_string(v, s.source.file_fingerprint);
        }},
    Field{"corpus",
          [](const Spec& s) { return toml_if_given(s.source.corpus); },
          [](const toml::node& v, Spec& s) {
            return read_string(v, s.source.corpus);
          }},
    Field{"corpus_fingerprint",
          [](const Spec& s) {
            return toml_if_given(s.source.corpus_fingerprint);
          },
          [](const toml::node& v, Spec& s) {
            return read_string(v, s.source.corpus_fingerprint);
          }},
    Field{"class_files",
          [](const Spec& s) { return toml_strings(s.source.class_files); },
          [](const toml::node& v, Spec& s) {
            return read_strings(v, s.source.class_files);
          }},
    Field{
        "class_fingerprints",
        [](const Spec& s) { return toml_strings(s.source.class_fingerprints); },
        [](const toml::node& v, Spec& s) {
          return read_strings(v, s.source.class_fingerprints);
        }},
    Field{"class_tokens",
          [](const Spec& s) { return toml_strings(s.source.class_tokens); },
          [](const toml::node& v, Spec& s) {
            return read_strings(v, s.source.class_tokens);
          }},
    Field{"components",
          [](const Spec& s) {
            return s.source.components == 0
                       ? std::string()
                       : std::to_string(s.source.components);
          },
          [](const toml::node& v, Spec& s) {
            return read_count(v, s.source.components);
          }},
    Field{"shrinkage",
          [](const Spec& s) {
            return s.source.shrinkage ? toml_number(*s.source.shrinkage)
                                      : std::string();
          },
          [](const toml::node& v, Spec& s) {
            return read_number(v, s.source.shrinkage.emplace());
          }},
    Field{"remove",
          [](const Spec& s) {
            return s.scan ? toml_string(scan_text(*s.scan)) : list(s.remove);
          },
          [](const toml::node& v, Spec& s) { return read_remove(v, s); }},
    Field{"action",
          [](const Spec& s) { return toml_string(edit_action_name(s.action)); },
          [](const toml::node& v, Spec& s) {
            return read_name(v, parse_edit_action, "remove or add", s.action);
          }},
    Field{"strength", [](const Spec& s) { return toml_number(s.strength); },
          [](const toml::node& v, Spec& s) {
            return read_number(v, s.strength);
          }},
    Field{"class", [](const Spec& s) { return std::to_string(s.from_class); },
          [](const toml::node& v, Spec& s) {
            return read_count(v, s.from_class);
          }},
    Field{"hook",
          [](const Spec& s) { return toml_string(edit_place_name(s.hook)); },
          [](const toml::node& v, Spec& s) {
            return read_name(v, parse_edit_place,
                             "such as hook_pre or hook_resid_post", s.hook);
          }},
    Field{"positions",
          [](const Spec& s) { return toml_string(s.tokens.positions); },
          [](const toml::node& v, Spec& s) {
            return read_string(v, s.tokens.positions);
          }},
    Field{"token_pattern",
          [](const Spec& s) {
            return s.tokens.pattern.empty() ? std::string()
                                            : toml_string(s.tokens.pattern);
          },
          [](const toml::node& v, Spec& s) {
            return read_string(v, s.tokens.pattern);
          }},
    Field{
        "layers", [](const Spec& s) { return toml_string(s.layers); },
        [](const toml::node& v, Spec& s) { return read_string(v, s.layers); }},
    Field{"detail_layer",
          [](const Spec& s) {
            return s.detail_layer ? std::to_string(*s.detail_layer)
                                  : std::string();
          },
          [](const toml::node& v, Spec& s) {
            return read_count(v, s.detail_layer.emplace());
          }},
    Field{"cells",
          [](const Spec& s) { return toml_string(cells_name(s.cells)); },
          [](const toml::node& v, Spec& s) {
            return read_name(v, parse_cells, "all or preset", s.cells);
          }},
    // What cells was once called; true: all.
    Field{"empty_branch", [](const Spec&) { return std::string(); },
          [](const toml::node& v, Spec& s) {
            bool all = true;
            const Expected expected = read_bool(v, all);
            s.cells = all ? Cells::kAll : Cells::kPreset;
            return expected;
          }},
    Field{"controls", [](const Spec& s) { return controls_table(s.controls); },
          [](const toml::node& v, Spec& s) {
            return read_controls(v, s.controls);
          }},
    Field{"together",
          [](const Spec& s) {
            return s.together.empty() ? std::string() : toml_string(s.together);
          },
          [](const toml::node& v, Spec& s) {
            return read_string(v, s.together);
          }},
    Field{"coordinates",
          [](const Spec& s) {
            return s.together.empty()
                       ? std::string()
                       : toml_string(coordinates_name(s.coordinates));
          },
          [](const toml::node& v, Spec& s) {
            return read_name(v, parse_coordinates, "clean or live",
                             s.coordinates);
          }},
    Field{"dormant_share",
          [](const Spec& s) {
            return std::string(s.dormant_share ? "true" : "false");
          },
          [](const toml::node& v, Spec& s) {
            return read_bool(v, s.dormant_share);
          }},
    Field{"seed", [](const Spec& s) { return std::to_string(s.seed); },
          [](const toml::node& v, Spec& s) { return read_count(v, s.seed); }},
    Field{"permutations",
          [](const Spec& s) { return std::to_string(s.permutations); },
          [](const toml::node& v, Spec& s) {
            return read_count(v, s.permutations);
          }},
    Field{"executor",
          [](const Spec& s) { return toml_string(executor_name(s.executor)); },
          [](const toml::node& v, Spec& s) {
            return read_name(v, parse_executor, "wavefront or naive",
                             s.executor);
          }},
    Field{"compute",
          [](const Spec& s) { return toml_string(compute_name(s.compute)); },
          [](const toml::node& v, Spec& s) {
            return read_name(v, parse_compute, "f32, bf16 or bf16-emulated",
                             s.compute);
          }},
    Field{"check_rounding",
          [](const Spec& s) {
            return toml_string(check_rounding_name(s.check_rounding));
          },
          [](const toml::node& v, Spec& s) {
            return read_name(v, parse_check_rounding, "sample or all",
                             s.check_rounding);
          }},
    Field{"memory_limit",
          [](const Spec& s) { return std::to_string(s.memory_limit); },
          [](const toml::node& v, Spec& s) {
            return read_bytes(v, s.memory_limit);
          }},
    Field{
        "threads", [](const Spec& s) { return std::to_string(s.threads); },
        [](const toml::node& v, Spec& s) { return read_count(v, s.threads); }},
};

Status read_key(std::string_view key, const toml::node& value,
                std::string_view source, Spec& spec) {
  const std::string subject = std::string(source) + ", line " +
                              std::to_string(value.source().begin.line);
  const auto field =
      std::find_if(kFields.begin(), kFields.end(),
                   [&](const Field& known) { return known.key == key; });
  if (field == kFields.end()) {
    std::vector<std::string> known;
    for (const Field& one : kFields) known.emplace_back(one.key);
    return fail(ErrorCode::kBadInput,
                {.where = "spec",
                 .subject = subject + ": unknown key " + std::string(key),
                 .hint = unknown_key_hint(key, known)});
  }
  const Expected expected = field->read(value, spec);
  if (expected.empty()) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "spec",
               .subject = subject + ": " + std::string(key),
               .expected = expected,
               .found = shown_toml(value)});
}

}  // namespace

std::string spec_to_toml(const Spec& spec) {
  std::string out;
  for (const Field& field : kFields) {
    const std::string value = field.write(spec);
    if (!value.empty()) out += std::string(field.key) + " = " + value + "\n";
  }
  return out;
}

Result<Spec> parse_spec(std::string_view toml, std::string_view source) {
  Spec spec;
  const auto read = [&](const toml::table& table) -> Status {
    if (table.contains("cells") && table.contains("empty_branch")) {
      return fail(ErrorCode::kBadInput,
                  {.where = "spec",
                   .subject = std::string(source) + ": cells and empty_branch",
                   .expected = "cells alone, which took its place",
                   .found = "both"});
    }
    for (const auto& [key, value] : table) {
      EXCISE_CHECK(read_key(key.str(), value, source, spec));
    }
    return {};
  };
  EXCISE_CHECK(parse_toml(toml, source, "spec", read));
  find_basis_beside(source, spec.source.file);
  EXCISE_CHECK(check_spec(spec));
  return spec;
}

Result<Spec> read_spec(const std::filesystem::path& path) {
  return parse_spec(EXCISE_TRY(read_plain_text(path, kMaxBytes)).text,
                    path.string());
}

}  // namespace excise
