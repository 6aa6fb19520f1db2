// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Linked into what is built with the address sanitizer: what Open MPI keeps until the process ends is no leak of ours.
#include <sanitizer/lsan_interface.h>

// Open MPI unloads its plugins when it ends, before leaks are looked for; a leak of theirs then has no name and cannot
// be told from one of ours. So no library is unloaded.
extern "C" int dlclose(void*) { return 0; }

// Most of what MPI keeps is recognised by a library in its stack (lsan.supp). What libc allocates for MPI is not: libc
// keeps no frame pointers, the stack ends there, and following it without them makes each allocation several times
// slower. So what these calls allocate is ignored as a whole. Should another call of MPI be reported, wrap it here.
#if __has_include(<mpi.h>)
#include <mpi.h>
#pragma weak PMPI_Init // a program may see the header and not be linked with MPI's (shared) library
#pragma weak PMPI_Init_thread
#pragma weak PMPI_Intercomm_create

extern "C" int MPI_Init(int* argc, char*** argv) {
    const __lsan::ScopedDisabler kept;
    return PMPI_Init(argc, argv);
}
extern "C" int MPI_Init_thread(int* argc, char*** argv, int wanted, int* given) {
    const __lsan::ScopedDisabler kept;
    return PMPI_Init_thread(argc, argv, wanted, given);
}
extern "C" int MPI_Intercomm_create(MPI_Comm local, int leader, MPI_Comm peer, int remote, int tag, MPI_Comm* made) {
    const __lsan::ScopedDisabler kept;
    return PMPI_Intercomm_create(local, leader, peer, remote, tag, made);
}
#endif
