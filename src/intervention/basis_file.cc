#include "intervention/basis_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "io/output_file.h"
#include "io/safetensors.h"
#include "io/utf8.h"
#include "model/architecture/hooks.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSchema = "excise.basis/1";
constexpr std::string_view kOptionPrefix = "option.";

std::string joined(const std::vector<std::string>& words,
                   std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// Reads one file; every complaint names it.
class Reader {
 public:
  Reader(const TensorFile& file, const fs::path& path)
      : file_(file), source_(path.string()) {}

  Result<BasisSet> read() {
    const std::string schema = metadata("schema").value_or("none");
    if (schema != kSchema) {
      return bad("schema", std::string(kSchema), schema,
                 "excise fit writes basis files");
    }
    BasisSet set;
    set.basis = EXCISE_TRY(required("basis"));
    set.provenance.program_version = metadata("program_version").value_or("");
    set.provenance.model = metadata("model").value_or("");
    set.provenance.model_fingerprint =
        EXCISE_TRY(required("model_fingerprint"));
    set.provenance.text_fingerprint = metadata("text_fingerprint").value_or("");
    set.provenance.n_tokens = EXCISE_TRY(count("n_tokens"));
    for (const auto& [key, value] : file_.metadata()) {
      if (key.starts_with(kOptionPrefix))
        set.provenance.options[key.substr(kOptionPrefix.size())] = value;
    }
    const auto hooks = lines_of(EXCISE_TRY(required("hooks")));
    for (const std::string& hook : hooks) {
      if (set.find(hook)) return bad("hooks", "each once", hook + " twice");
      set.hooks.emplace_back(hook, EXCISE_TRY(read_hook(set.basis, hook)));
    }
    for (const StoredTensor& tensor : file_.tensors()) {
      if (!used_.contains(tensor.name)) {
        return bad("tensor " + tensor.name, "one of a hook of this file",
                   "one that belongs to none");
      }
    }
    return set;
  }

 private:
  tl::unexpected<Error> bad(const std::string& what, std::string expected,
                            std::string found, std::string hint = {}) const {
    return fail(ErrorCode::kBadFile, {.where = "basis",
                                      .subject = source_ + ": " + what,
                                      .expected = std::move(expected),
                                      .found = std::move(found),
                                      .hint = std::move(hint)});
  }

  std::optional<std::string> metadata(const std::string& key) const {
    const auto found = file_.metadata().find(key);
    if (found == file_.metadata().end()) return std::nullopt;
    return found->second;
  }

  Result<std::string> required(const std::string& key) const {
    auto value = metadata(key);
    if (!value) return bad("metadata", "the key " + key, "none");
    return *std::move(value);
  }

  Result<size_t> count(const std::string& key) const {
    const std::string text = EXCISE_TRY(required(key));
    size_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || rest != end)
      return bad(key, "a number",
                 "\"" + std::string(beginning(text, 40)) + "\"");
    return number;
  }

  Result<Mean> mean_option(const std::string& key) const {
    const auto name = metadata(std::string(kOptionPrefix) + key);
    if (!name) return Mean::kNone;
    auto mean = parse_mean(*name);
    if (!mean) return bad(key, "none, neuron or token", *name);
    return *mean;
  }

  // Empty where the file has none.
  Result<Matrix<double>> tensor(const std::string& name) {
    const StoredTensor* stored = file_.find(name);
    if (stored == nullptr) return Matrix<double>();
    used_.insert(name);
    if (stored->shape.empty() || stored->shape.size() > 2) {
      return bad("tensor " + name, "one or two dimensions",
                 std::to_string(stored->shape.size()));
    }
    if (stored->first_non_finite())
      return bad("tensor " + name, "finite numbers", "NaN or infinity");
    return stored->to_double();
  }

  Status check_shape(const std::string& name, const Matrix<double>& matrix,
                     size_t rows, size_t cols) const {
    if (matrix.empty() || (matrix.rows() == rows && matrix.cols() == cols))
      return {};
    return bad(
        "tensor " + name, std::to_string(rows) + " x " + std::to_string(cols),
        std::to_string(matrix.rows()) + " x " + std::to_string(matrix.cols()));
  }

  Result<std::shared_ptr<const Decomposition>> read_hook(
      const std::string& basis, const std::string& hook) {
    const std::string prefix = hook + "/";
    LinearParts parts;
    parts.basis = basis;
    parts.atoms = EXCISE_TRY(tensor(prefix + "atoms"));
    if (parts.atoms.empty())
      return bad("tensor " + prefix + "atoms", "[components, neurons]", "none");
    const size_t components = parts.atoms.rows();
    const size_t neurons = parts.atoms.cols();
    parts.filters = EXCISE_TRY(tensor(prefix + "filters"));
    const Matrix<double> mean = EXCISE_TRY(tensor(prefix + "mean"));
    const Matrix<double> values = EXCISE_TRY(tensor(prefix + "values"));
    parts.class_codes = EXCISE_TRY(tensor(prefix + "class_codes"));
    EXCISE_CHECK(
        check_shape(prefix + "filters", parts.filters, components, neurons));
    EXCISE_CHECK(check_shape(prefix + "mean", mean, 1, neurons));
    EXCISE_CHECK(check_shape(prefix + "values", values, 1, components));
    EXCISE_CHECK(check_shape(prefix + "class_codes", parts.class_codes,
                             parts.class_codes.rows(), components));
    parts.mean.assign(mean.values().begin(), mean.values().end());
    parts.values.assign(values.values().begin(), values.values().end());
    parts.op = {EXCISE_TRY(mean_option("centre")),
                EXCISE_TRY(mean_option("restore"))};
    const bool needs_mean =
        parts.op.centre == Mean::kNeuron || parts.op.restore == Mean::kNeuron;
    if (needs_mean == parts.mean.empty()) {
      return bad("tensor " + prefix + "mean",
                 needs_mean ? "[neurons], to centre with" : "none",
                 needs_mean ? "none" : "one that nothing is centred with");
    }
    parts.note = metadata("note." + hook).value_or("");
    return std::make_shared<const LinearBasis>(std::move(parts));
  }

  const TensorFile& file_;
  std::string source_;
  std::set<std::string> used_;
};

Status add_hook(const std::string& hook, const Decomposition& decomposition,
                TensorWriter& writer) {
  const LinearParts* parts = linear_parts(decomposition);
  if (parts == nullptr) {
    return fail(ErrorCode::kInternal,
                {.where = "basis",
                 .subject = std::string(decomposition.basis()) + " at " + hook,
                 .expected = "a basis with affine codes"});
  }
  const auto add = [&](const char* name, const Matrix<double>& matrix) {
    if (matrix.empty()) return;
    writer.add(hook + "/" + name, {matrix.rows(), matrix.cols()},
               matrix.values());
  };
  const auto add_vector = [&](const char* name,
                              const std::vector<double>& values) {
    if (values.empty()) return;
    writer.add(hook + "/" + name, {values.size()},
               std::span<const double>(values));
  };
  add("atoms", parts->atoms);
  add("filters", parts->filters);
  add_vector("mean", parts->mean);
  add_vector("values", parts->values);
  add("class_codes", parts->class_codes);
  if (!parts->note.empty()) writer.set_metadata("note." + hook, parts->note);
  return {};
}

}  // namespace

std::shared_ptr<const Decomposition> BasisSet::find(
    std::string_view hook) const {
  const auto named =
      [&](std::string_view wanted) -> std::shared_ptr<const Decomposition> {
    for (const auto& [name, decomposition] : hooks) {
      if (name == wanted) return decomposition;
    }
    return nullptr;
  };
  if (auto found = named(hook)) return found;
  const auto same = same_activation(hook);
  return same ? named(*same) : nullptr;
}

Result<std::shared_ptr<const Decomposition>> BasisSet::get(
    std::string_view hook) const {
  if (auto found = find(hook)) return found;
  constexpr size_t kNamed = 4;
  std::vector<std::string> names;
  for (const auto& [name, decomposition] : hooks) {
    if (names.size() == kNamed) break;
    names.push_back(name);
  }
  std::string expected = joined(names, ", ");
  if (hooks.size() > kNamed)
    expected += " or another of its " + std::to_string(hooks.size());
  return fail(ErrorCode::kBadInput,
              {.where = "basis",
               .subject = "hook of the " + basis + " basis",
               .expected = expected,
               .found = std::string(hook),
               .hint = "fit one there with excise fit --at"});
}

Status BasisSet::check_model(std::string_view fingerprint,
                             std::string_view source) const {
  const std::string& own = provenance.model_fingerprint;
  if (own.empty() || own == fingerprint) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "basis",
               .subject = std::string(source),
               .expected = "a basis fitted on this model (fingerprint " +
                           std::string(fingerprint) + ")",
               .found = "one of " + provenance.model + " (" + own + ")",
               .hint = "fit one with excise fit"});
}

const LinearParts* linear_parts(const Decomposition& decomposition) {
  const auto* basis = dynamic_cast<const LinearBasis*>(&decomposition);
  return basis == nullptr ? nullptr : &basis->parts();
}

namespace {

Result<TensorWriter> writer_of(const BasisSet& set) {
  TensorWriter writer;
  std::vector<std::string> names;
  for (const auto& [hook, decomposition] : set.hooks) {
    EXCISE_CHECK(add_hook(hook, *decomposition, writer));
    names.push_back(hook);
  }
  const BasisProvenance& from = set.provenance;
  writer.set_metadata("schema", std::string(kSchema));
  writer.set_metadata("basis", set.basis);
  writer.set_metadata("hooks", joined(names, "\n"));
  writer.set_metadata("program_version", from.program_version);
  writer.set_metadata("model", from.model);
  writer.set_metadata("model_fingerprint", from.model_fingerprint);
  writer.set_metadata("text_fingerprint", from.text_fingerprint);
  writer.set_metadata("n_tokens", std::to_string(from.n_tokens));
  std::map<std::string, std::string> options = from.options;
  // All hooks have the same means; those of the first are what it is read by.
  if (!set.hooks.empty()) {
    const LinearParts& parts = *linear_parts(*set.hooks.front().second);
    options["centre"] = mean_name(parts.op.centre);
    options["restore"] = mean_name(parts.op.restore);
  }
  for (const auto& [key, value] : options)
    writer.set_metadata(std::string(kOptionPrefix) + key, value);
  return writer;
}

}  // namespace

Result<std::string> basis_fingerprint(const BasisSet& set) {
  return EXCISE_TRY(writer_of(set)).fingerprint();
}

Status write_basis_file(const BasisSet& set, const fs::path& path,
                        bool replace) {
  const TensorWriter writer = EXCISE_TRY(writer_of(set));
  return write_whole_file(
      path, [&](const fs::path& hidden) { return writer.write(hidden); },
      replace);
}

Result<BasisSet> read_basis_file(const fs::path& path) {
  const TensorFile file = EXCISE_TRY(TensorFile::open(path));
  return file.confirmed(Reader(file, path).read());
}

}  // namespace excise
