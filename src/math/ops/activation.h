// The activation functions of an MLP, alone or as a gate, and the difference a
// changed input makes to them. Vectorised; reference.h is the oracle.
#ifndef EXCISE_MATH_OPS_ACTIVATION_H_
#define EXCISE_MATH_OPS_ACTIVATION_H_

#include "core/matrix.h"
#include "math/ops/bfloat16.h"

namespace excise {

// kGeluTanh: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), called gelu_new
// and gelu_pytorch_tanh; kGelu: x Phi(x), by erf; kSilu: x / (1 + exp(-x)).
enum class Activation { kGeluTanh, kGelu, kRelu, kSilu };

// y = act(x). x, y: [tokens, d_mlp].
void activate_rows(Activation activation, MatrixView<const float> x,
                   MatrixView<float> y);

// out = act(x + delta) - y, where y = act(x). x, y: [tokens, d_mlp]; delta,
// out: some blocks of `tokens` rows below each other. out may be delta.
void activation_difference(Activation activation, MatrixView<const float> x,
                           MatrixView<const float> y,
                           MatrixView<const float> delta,
                           MatrixView<float> out);
void activation_difference(Activation activation, MatrixView<const float> x,
                           MatrixView<const float> y,
                           MatrixView<const float> delta,
                           MatrixView<BFloat16> out);

// y = act(gate) up, element by element. gate, up, y: [tokens, d_mlp]; y may be
// either of the others.
void gate_rows(Activation activation, MatrixView<const float> gate,
               MatrixView<const float> up, MatrixView<float> y);

// out = act(gate + delta_gate) (up + delta_up) - y, where y = act(gate) up.
// gate, up, y: [tokens, d_mlp]; deltas, out: some blocks of `tokens` rows below
// each other. out may be either delta.
void gated_difference(Activation activation, MatrixView<const float> gate,
                      MatrixView<const float> up, MatrixView<const float> y,
                      MatrixView<const float> delta_gate,
                      MatrixView<const float> delta_up, MatrixView<float> out);
void gated_difference(Activation activation, MatrixView<const float> gate,
                      MatrixView<const float> up, MatrixView<const float> y,
                      MatrixView<const float> delta_gate,
                      MatrixView<const float> delta_up,
                      MatrixView<BFloat16> out);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_ACTIVATION_H_
