#include "math/statistics/student_t.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "math/statistics/least_p.h"

namespace excise {
namespace {

namespace policies = boost::math::policies;
using Silent =
    policies::policy<policies::domain_error<policies::ignore_error>,
                     policies::pole_error<policies::ignore_error>,
                     policies::overflow_error<policies::ignore_error>,
                     policies::rounding_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>>;
using StudentT = boost::math::students_t_distribution<double, Silent>;

}  // namespace

double student_t_two_sided_p(double t, double df) {
  return not_zero(
      2 * boost::math::cdf(boost::math::complement(StudentT(df), std::abs(t))));
}

double student_t_95(double df) {
  return boost::math::quantile(StudentT(df), 0.975);
}

}  // namespace excise
