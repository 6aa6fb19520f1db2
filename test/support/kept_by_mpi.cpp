// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Linked into what is built with the address sanitizer: what Open MPI keeps until the process ends is no leak of ours.
#include <sanitizer/lsan_interface.h>

// It unloads its plugins when it ends, before leaks are looked for; a leak of theirs then has no name and cannot be
// told from one of ours. So no library is unloaded.
extern "C" int dlclose(void*) { return 0; }

// Most is told by the library that allocates (lsan.supp), but not what these calls have libc allocate for them: that
// would need stacks followed through code without frame pointers, which makes each allocation several times slower.
#if __has_include(<mpi.h>)
#include <mpi.h>
#pragma weak PMPI_Init_thread // a program may see the header and not be linked with MPI
#pragma weak PMPI_Intercomm_create

extern "C" int MPI_Init_thread(int* argc, char*** argv, int wanted, int* given) {
    const __lsan::ScopedDisabler kept;
    return PMPI_Init_thread(argc, argv, wanted, given);
}
extern "C" int MPI_Intercomm_create(MPI_Comm local, int leader, MPI_Comm peer, int remote, int tag, MPI_Comm* made) {
    const __lsan::ScopedDisabler kept;
    return PMPI_Intercomm_create(local, leader, peer, remote, tag, made);
}
#endif
