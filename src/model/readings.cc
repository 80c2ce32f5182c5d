#include "model/readings.h"

#include <fmt/format.h>

#include <algorithm>

#include "math/ops/reference.h"

namespace excise {
namespace {

// What a norm divides each row by, [rows, 1].
Matrix<float> scales_of(MatrixView<const float> x,
                        const NormParameters& parameters) {
  Matrix<float> scales(x.rows(), 1);
  norm_scale(x, parameters, scales);
  return scales;
}

bool is_pattern(const HookSite& site) {
  return site.point == HookPoint::kAttnScores ||
         site.point == HookPoint::kPattern;
}

tl::unexpected<Error> too_large(const HookSite& first, size_t count,
                                size_t n_heads, size_t tokens, double bytes,
                                size_t most) {
  constexpr double kGiB = 1 << 30;
  return fail(
      ErrorCode::kOutOfMemory,
      {.where = "hooks",
       .subject = fmt::format(
           "{}{}", hook_name(first),
           count > 1 ? fmt::format(" and {} more", count - 1) : std::string()),
       .expected = fmt::format("at most {:.2g} GiB of scores and patterns",
                               static_cast<double>(most) / kGiB),
       .found = fmt::format("{:.2g} GiB: {} of {} heads, {} x {} tokens",
                            bytes / kGiB, count, n_heads, tokens, tokens),
       .hint = "read them at fewer layers, or of a shorter text"});
}

}  // namespace

Result<Readings> Readings::resolve(std::span<const Reader> readers,
                                   const ModelConfig& config, size_t tokens,
                                   size_t most_pattern_bytes) {
  Readings readings(readers, config);
  std::vector<HookSite> patterns;
  for (const Reader& reader : readers) {
    readings.sites_.push_back(EXCISE_TRY(find_readable(reader.name, config)));
    std::ranges::copy_if(readings.sites_.back(), std::back_inserter(patterns),
                         is_pattern);
  }
  // In double: nothing overflows.
  const double bytes = static_cast<double>(patterns.size() * config.n_heads) *
                       static_cast<double>(tokens) *
                       static_cast<double>(tokens) * sizeof(float);
  if (bytes > static_cast<double>(most_pattern_bytes)) {
    return too_large(patterns.front(), patterns.size(), config.n_heads, tokens,
                     bytes, most_pattern_bytes);
  }
  return readings;
}

bool Readings::wants(HookPoint point, size_t layer) const {
  const HookSite site{point, layer};
  return std::ranges::any_of(sites_, [&](const std::vector<HookSite>& sites) {
    return std::ranges::find(sites, site) != sites.end();
  });
}

template <typename Make>
void Readings::hand(HookPoint point, size_t layer, const Make& make) {
  const HookSite site{point, layer};
  for (size_t i = 0; i < readers_.size() && status_; ++i) {
    if (std::ranges::find(sites_[i], site) != sites_[i].end())
      status_ = readers_[i].function(site, make());
  }
}

void Readings::show(HookPoint point, size_t layer,
                    MatrixView<const float> value) {
  hand(point, layer, [&] { return converted<float>(value); });
}

void Readings::show_norm(NormHooks hooks, size_t layer,
                         MatrixView<const float> x,
                         const NormParameters& parameters) {
  hand(hooks.scale, layer, [&] { return scales_of(x, parameters); });
  hand(hooks.normalized, layer, [&] {
    auto normalized = Matrix<float>::uninitialized(x.rows(), x.cols());
    norm(x, {parameters.kind, {}, {}, parameters.epsilon}, normalized);
    return normalized;
  });
}

void Readings::show_final_scale(MatrixView<const float> x,
                                const NormParameters& parameters) {
  hand(HookPoint::kFinalScale, config_.n_layers,
       [&] { return scales_of(x, parameters); });
}

void Readings::show_projected(size_t layer, MatrixView<const float> qkv) {
  const AttentionShape shape = config_.attention_shape(layer);
  const size_t q = shape.q_width(), kv = shape.kv_width();
  show(HookPoint::kQ, layer, qkv.col_range(0, q));
  show(HookPoint::kK, layer, qkv.col_range(q, kv));
  show(HookPoint::kV, layer, qkv.col_range(q + kv, kv));
}

void Readings::show_rotated(size_t layer, MatrixView<const float> qkv) {
  const AttentionShape shape = config_.attention_shape(layer);
  show(HookPoint::kRotQ, layer, qkv.col_range(0, shape.q_width()));
  show(HookPoint::kRotK, layer,
       qkv.col_range(shape.q_width(), shape.kv_width()));
}

void Readings::show_attention(size_t layer, MatrixView<const float> qkv) {
  const AttentionShape shape = config_.attention_shape(layer);
  const auto made = [&](auto make) {
    auto values =
        Matrix<float>::uninitialized(shape.n_heads * qkv.rows(), qkv.rows());
    make(qkv, shape, values.view());
    return values;
  };
  hand(HookPoint::kAttnScores, layer, [&] { return made(attention_scores); });
  hand(HookPoint::kPattern, layer, [&] { return made(attention_pattern); });
}

}  // namespace excise
