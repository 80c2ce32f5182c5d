#include "model/layer_products.h"

#include <utility>

namespace excise {

void LayerProducts::start(const LayerWeights& weights) {
  weights_ = &weights;
  for (Product& product : products_) {
    product.is_rounded = false;
    product.rounds_on_the_way = 0;
  }
}

Status LayerProducts::prepare(Slot slot, size_t rows, size_t rows_of_each) {
  const MatrixView<const float> w = (*weights_)[slot].weight;
  const WeightLayout layout = (*weights_)[slot].layout;
  MatmulWeight& weight = product(slot).weight;
  if (rows < policy_.rows || w.rows() * w.cols() < policy_.elements)
    return weight.borrow(w, layout);
  return weight.pack(w, layout, rows_of_each);
}

void LayerProducts::round_on_the_way(Slot slot, size_t rows_of_each) {
  // Some outputs at a time are rows of a matrix that lies the other way.
  if ((*weights_)[slot].layout == WeightLayout::kInOut)
    product(slot).rounds_on_the_way = rows_of_each;
}

Status LayerProducts::prepare_rounded(Slot slot, size_t rows_of_each) {
  Product& p = product(slot);
  if (std::exchange(p.is_rounded, true)) return {};
  const SlotWeights& w = (*weights_)[slot];
  return p.rounded.pack_bf16(w.weight, w.layout, rows_of_each);
}

Status LayerProducts::multiply(Slot slot, MatrixView<const float> x,
                               MatrixView<float> y, bool accumulate) {
  Product& p = product(slot);
  if (p.rounds_on_the_way == 0) return matmul(x, p.weight, y, accumulate);
  EXCISE_CHECK(matmul_and_pack(x, (*weights_)[slot].weight, y, accumulate,
                               std::exchange(p.rounds_on_the_way, 0),
                               p.rounded));
  p.is_rounded = true;
  return {};
}

Status LayerProducts::multiply(Slot slot, MatrixView<const BFloat16> x,
                               MatrixView<float> y, bool accumulate) {
  return matmul(x, product(slot).rounded, y, accumulate);
}

}  // namespace excise
