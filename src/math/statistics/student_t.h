// Student's t distribution, without exceptions.
#ifndef EXCISE_MATH_STATISTICS_STUDENT_T_H_
#define EXCISE_MATH_STATISTICS_STUDENT_T_H_

namespace excise {

// P(|T| >= |t|), never 0 (least_p.h); t may be infinite. df > 0.
double student_t_two_sided_p(double t, double df);

// The t with P(|T| <= t) = 0.95.
double student_t_95(double df);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_STUDENT_T_H_
