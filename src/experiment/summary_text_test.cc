// Words against numbers: every sentence of a sweep on made-up summaries.
#include "experiment/summary_text.h"

#include <gtest/gtest.h>

namespace excise {}  // namespace excise
