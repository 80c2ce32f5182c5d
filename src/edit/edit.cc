#include "edit/edit.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "intervention/bases/read_basis.h"
#include "intervention/edit_change.h"
#include "io/safetensors.h"
#include "model/architecture/block.h"

namespace excise {
namespace {

// One more component of the change: a' = a - (a f^T - offset) atom.
class Components {
 public:
  Components(size_t most, size_t width) {
    change_.filters = Matrix<double>(most, width);
    change_.atoms = Matrix<double>(most, width);
    change_.shift.resize(width);
  }
  // filter and atom give the value of neuron j.
  template <typename Filter, typename Atom>
  void add(const Filter& filter, double offset, const Atom& atom) {
    const size_t k = change_.offsets.size();
    for (size_t j = 0; j < change_.width(); ++j) {
      change_.filters(k, j) = filter(j);
      change_.atoms(k, j) = atom(j);
    }
    change_.offsets.push_back(offset);
  }
  void shift(std::span<const double> values, double factor) {
    for (size_t j = 0; j < change_.width(); ++j) {
      change_.shift[j] += factor * values[j];
    }
  }
  AffineChange take() { return std::move(change_); }

 private:
  AffineChange change_;
};

size_t count_token_means(const RemovalOperator& op) {
  return op.centre == op.restore
             ? 0
             : static_cast<size_t>(op.centre == Mean::kToken) +
                   static_cast<size_t>(op.restore == Mean::kToken);
}

// strength (removal of K): a' - a = strength (B - M - (a - M) F^T A).
AffineChange removal_of(const LinearBasis& basis,
                        std::span<const size_t> chosen, double strength) {
  const LinearParts& parts = basis.parts();
  const RemovalOperator op = parts.op;
  const size_t width = basis.n_neurons();
  const double share = 1 / static_cast<double>(width);
  Components sum(chosen.size() + count_token_means(op), width);
  for (const size_t k : chosen) {
    const auto filter = basis.filters().row(k);
    const auto atom = parts.atoms.row(k);
    double offset = 0;
    double token_part = 0;  // a token's mean is a linear function of it
    if (op.centre == Mean::kNeuron) {
      offset = std::inner_product(filter.begin(), filter.end(),
                                  parts.mean.begin(), 0.0);
    } else if (op.centre == Mean::kToken) {
      token_part = share * std::accumulate(filter.begin(), filter.end(), 0.0);
    }
    sum.add([&](size_t j) { return filter[j] - token_part; }, offset,
            [&](size_t j) { return strength * atom[j]; });
  }
  if (op.centre == op.restore) return sum.take();
  for (const auto& [mean, sign] :
       {std::pair(op.restore, 1.0), std::pair(op.centre, -1.0)}) {
    if (mean == Mean::kNeuron) sum.shift(parts.mean, sign * strength);
    if (mean == Mean::kToken) {
      sum.add([&](size_t) { return share; }, 0,
              [&, sign = sign](size_t) { return -sign * strength; });
    }
  }
  return sum.take();
}

Result<EditPlace> open_place(const EditSpec& spec, const HookSite& site,
                             const BasisSet& set, const ModelConfig& config) {
  EditPlace place;
  place.site = site;
  place.basis = set.basis;
  place.decomposition = EXCISE_TRY(set.get(hook_name(site)));
  const Decomposition& basis = *place.decomposition;
  if (basis.n_neurons() != hook_width(config, site.point)) {
    return fail(ErrorCode::kBadInput,
                {.where = "edit",
                 .subject = "basis " + spec.basis.string(),
                 .expected = std::to_string(hook_width(config, site.point)) +
                             " neurons, the width of " + hook_name(site),
                 .found = std::to_string(basis.n_neurons()),
                 .hint = "a basis fits the model that it was fitted on"});
  }
  place.components =
      spec.components.empty() ? all_components(basis) : spec.components;
  EXCISE_CHECK(check_components(place.components, basis.n_components(),
                                "basis " + spec.basis.string()));
  const auto* linear = dynamic_cast<const LinearBasis*>(&basis);
  if (spec.action == EditAction::kAdd) {
    place.change.emplace();
    place.change->shift = EXCISE_TRY(class_addition(
        basis, place.components, spec.from_class, spec.strength, "edit"));
  } else if (linear != nullptr) {
    place.change = removal_of(*linear, place.components, spec.strength);
  }
  return place;
}

}  // namespace

Result<Edit> Edit::of(const EditSpec& spec, const BasisSet& bases,
                      const Model& model) {
  EXCISE_CHECK(bases.check_model(
      model.fingerprint_like(bases.provenance.model_fingerprint),
      spec.basis.string()));
  Edit edit;
  edit.spec_ = spec;
  for (const HookSite& site : EXCISE_TRY(find_hooks(spec.hook, model.config))) {
    edit.places_.push_back(
        EXCISE_TRY(open_place(spec, site, bases, model.config)));
  }
  return edit;
}

Result<Edit> Edit::create(const EditSpec& spec, const BasisSet& bases,
                          const Model& model) {
  Edit edit = EXCISE_TRY(of(spec, bases, model));
  const bool linear = std::ranges::all_of(bases.hooks, [](const auto& hook) {
    return linear_parts(*hook.second) != nullptr;
  });
  if (linear)
    edit.basis_fingerprint_ = EXCISE_TRY(excise::basis_fingerprint(bases));
  return edit;
}

Result<Edit> Edit::open(const EditSpec& spec, const Model& model) {
  const BasisSet set = EXCISE_TRY(read_basis(spec.basis));
  Edit edit = EXCISE_TRY(of(spec, set, model));
  const TensorFile file =
      EXCISE_TRY(TensorFile::open(basis_tensors(spec.basis)));
  edit.basis_fingerprint_ = file.fingerprint();
  EXCISE_CHECK(file.check_unchanged());
  return edit;
}

Status Edit::apply(const EditPlace& place, MatrixView<float> value,
                   size_t first_position) const {
  for (size_t i = 0; i < value.rows();) {
    // The next run of rows that this edit changes.
    size_t count = spec_.positions.all() ? value.rows() : 0;
    while (i + count < value.rows() &&
           spec_.positions.contains(first_position + i + count)) {
      ++count;
    }
    if (count == 0) {
      ++i;
      continue;
    }
    const MatrixView<float> rows = value.row_range(i, count);
    if (place.change) {
      apply_change(*place.change, rows);
    } else {
      auto delta = Matrix<float>::uninitialized(count, rows.cols());
      EXCISE_CHECK(
          removal_change(*place.decomposition, rows, place.components, delta));
      limit_change(
          static_cast<float>(spec_.strength), [](size_t) { return true; },
          delta);
      for (size_t r = 0; r < count; ++r) {
        for (size_t j = 0; j < rows.cols(); ++j) {
          rows(r, j) += delta(r, j);
        }
      }
    }
    i += count;
  }
  return {};
}

Result<std::vector<Edit>> open_edits(std::span<const EditSpec> specs,
                                     const Model& model) {
  std::vector<Edit> edits;
  for (const EditSpec& spec : specs) {
    edits.push_back(EXCISE_TRY(Edit::open(spec, model)));
  }
  return edits;
}

std::vector<Hook> forward_hooks(std::span<const Edit> edits) {
  std::vector<Hook> hooks;
  for (const Edit& edit : edits) {
    for (const EditPlace& place : edit.places()) {
      hooks.push_back(
          {hook_name(place.site),
           [&edit, &place](const HookSite&, MatrixView<float> value) {
             return edit.apply(place, value, 0);
           }});
    }
  }
  return hooks;
}

std::vector<SequenceHook> sequence_hooks(std::span<const Edit> edits) {
  std::vector<SequenceHook> hooks;
  for (const Edit& edit : edits) {
    for (const EditPlace& place : edit.places()) {
      hooks.push_back({place.site, [&edit, &place](MatrixView<float> value,
                                                   size_t first_position) {
                         return edit.apply(place, value, first_position);
                       }});
    }
  }
  return hooks;
}

}  // namespace excise
