// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Nothing: the target that holds the precompiled headers of the tests must have a source.
