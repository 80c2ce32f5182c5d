// The weight matrices of one layer as products want them: as they lie, packed,
// or rounded. Whoever multiplies with a layer's weights does it here, so there
// is one place that decides when packing pays.
#ifndef EXCISE_MODEL_LAYER_PRODUCTS_H_
#define EXCISE_MODEL_LAYER_PRODUCTS_H_

#include <array>
#include <cstddef>

#include "core/error.h"
#include "core/matrix.h"
#include "math/ops/bfloat16.h"
#include "math/ops/matmul.h"
#include "model/architecture/block.h"
#include "model/weights.h"

namespace excise {

// Packing a weight costs about as much as one product of so many rows saves by
// it, and a small one stays in the cache and is as good as it lies. Another
// choice rounds differently, so these stay as they are.
struct PackingPolicy {
  size_t rows;      // worth packing for
  size_t elements;  // of a weight worth packing
};
constexpr PackingPolicy kWindowPacking{160, 0};
constexpr PackingPolicy kWavefrontPacking{256, size_t{1} << 19};

// Keeps its memory from layer to layer. Errors of all: internal,
// out_of_memory.
class LayerProducts {
 public:
  explicit LayerProducts(PackingPolicy policy) : policy_(policy) {}

  // The next layer; its weights must outlive its products.
  void start(const LayerWeights& weights);

  // Before the products of a slot in float32: rows of all of them together, and
  // about how many of each.
  Status prepare(Slot slot, size_t rows, size_t rows_of_each);
  // The first float32 product of the slot rounds its weight on the way, for
  // products that follow with so many rows each; where it can be done.
  void round_on_the_way(Slot slot, size_t rows_of_each);
  // Before products of rounded rows. Nothing to do where that was done.
  Status prepare_rounded(Slot slot, size_t rows_of_each);

  // y = x W or y += x W, without the bias.
  Status multiply(Slot slot, MatrixView<const float> x, MatrixView<float> y,
                  bool accumulate = false);
  Status multiply(Slot slot, MatrixView<const BFloat16> x, MatrixView<float> y,
                  bool accumulate = false);
  // Without rows where there is none.
  MatrixView<const float> bias(Slot slot) const {
    return (*weights_)[slot].bias;
  }

 private:
  struct Product {
    MatmulWeight weight, rounded;
    bool is_rounded = false;       // of the layer at hand
    size_t rounds_on_the_way = 0;  // rows of each product with the rounded one
  };
  Product& product(Slot slot) { return products_[static_cast<size_t>(slot)]; }

  PackingPolicy policy_;
  const LayerWeights* weights_ = nullptr;
  std::array<Product, kSlots> products_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_LAYER_PRODUCTS_H_
