# SPDX-License-Identifier: BSL-1.0
# Written by scripts/lint_layers.py --write; a test compares it with the tree.
set(DISTPROC_HEADERS_CORE
    distproc/core/error.hpp
    distproc/core/granules.hpp
    distproc/core/index_set.hpp
    distproc/core/observer.hpp
    distproc/core/plan.hpp
    distproc/core/run_flags.hpp
    distproc/core/shape.hpp
    distproc/core/supply.hpp
    distproc/core/team.hpp
    distproc/core/version.hpp
    distproc/core/work_queue.hpp
    distproc/executor/concepts.hpp
    distproc/executor/serial.hpp
    distproc/executor/solo_environment.hpp
    distproc/source/concepts.hpp
    distproc/source/range.hpp
    distproc/writer/concepts.hpp
    distproc/writer/null.hpp)
set(DISTPROC_HEADERS_TBB)
set(DISTPROC_HEADERS_MPI)
set(DISTPROC_HEADERS_HDF5)
set(DISTPROC_HEADERS_HYBRID)
