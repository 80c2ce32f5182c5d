// For tests: the stored values of other programs in tests/golden.
#ifndef EXCISE_TESTING_GOLDEN_H_
#define EXCISE_TESTING_GOLDEN_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "core/matrix.h"
#include "io/safetensors.h"

namespace excise {

inline TensorFile golden(const std::string& name) {
  auto file = TensorFile::open(EXCISE_SOURCE_DIR "/tests/golden/" + name);
  EXPECT_TRUE(file) << file.error().message;
  return std::move(file).value();
}

inline Matrix<double> tensor(const TensorFile& file, const std::string& name) {
  const auto stored = file.get(name);
  EXPECT_TRUE(stored) << stored.error().message;
  return (*stored)->to_double().value();
}

}  // namespace excise

#endif  // EXCISE_TESTING_GOLDEN_H_
