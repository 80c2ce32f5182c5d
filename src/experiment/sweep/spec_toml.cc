#include "experiment/sweep/spec_toml.h"

#include "experiment/sweep/spec_fields.h"
#include "io/text_file.h"

namespace excise {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;

}  // namespace

std::string spec_to_toml(const Spec& spec) {
  Spec copy = spec;
  return write_fields(kSweepExperimentSchema, sweep_fields(copy));
}

Result<Spec> parse_spec(std::string_view toml, std::string_view source) {
  Spec spec;
  EXCISE_CHECK(read_fields(toml, source, kSweepExperimentSchema,
                           sweep_fields(spec), "spec"));
  EXCISE_CHECK(take_layer(spec));
  find_beside(source, spec.source.file);
  EXCISE_CHECK(check_spec(spec));
  return spec;
}

Result<Spec> read_spec(const std::filesystem::path& path) {
  return parse_spec(EXCISE_TRY(read_plain_text(path, kMaxBytes)).text,
                    path.string());
}

}  // namespace excise
