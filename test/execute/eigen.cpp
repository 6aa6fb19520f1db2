// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/kernels.hpp"

#if DISTPROC_TEST_EIGEN
#include <Eigen/Core>
#endif

namespace test {

double eigen_sum(const double* row, std::size_t length) {
#if DISTPROC_TEST_EIGEN
    return Eigen::Map<const Eigen::VectorXd>(row, static_cast<Eigen::Index>(length)).sum();
#else
    return lane_sum(row, length);
#endif
}

} // namespace test
