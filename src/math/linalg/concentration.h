// On how few entries a unit vector sits (docs/method.md, section 6): of u_k on
// the first token, of v_k on a few neurons.
#ifndef EXCISE_MATH_LINALG_CONCENTRATION_H_
#define EXCISE_MATH_LINALG_CONCENTRATION_H_

#include <cstddef>
#include <span>
#include <vector>

namespace excise {

// Of length 1; zeros stay.
std::vector<double> unit_vector(std::span<const double> values);

// u[0]^2: the share of the component's energy that sits on token 0. 0 to 1; 0
// for an empty u.
double sink_share(std::span<const double> u);

// 1 / sum v_j^4: as many neurons, equally strong, would be this concentrated. 1
// to v.size(); 0 for a zero v.
double neuron_participation(std::span<const double> v);

// Indices of the `count` largest magnitudes (all, if there are fewer), largest
// first, the first of equals first. The share of neuron j is v[j]^2.
std::vector<size_t> top_neurons(std::span<const double> v, size_t count);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_CONCENTRATION_H_
