// A linear probe: how well a straight line tells two classes of activations
// apart.
#ifndef EXCISE_EXPERIMENT_CONCEPT_PROBE_H_
#define EXCISE_EXPERIMENT_CONCEPT_PROBE_H_

#include <span>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

// Ridge regression of the class (+1, -1) on the centred rows, penalty 1 % of
// their mean square (times their number); gives the mean of the accuracies of
// both classes on the test rows: 0.5 is chance. train, test: [tokens, neurons];
// classes 0 and 1. Errors: bad_input where a class is missing; those of
// symmetric_eigen().
Result<double> probe_accuracy(MatrixView<const float> train,
                              std::span<const int> train_classes,
                              MatrixView<const float> test,
                              std::span<const int> test_classes);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_PROBE_H_
