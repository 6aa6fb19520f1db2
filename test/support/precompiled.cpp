// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Nothing: the target of the tests' precompiled headers must have a source.
int main() {}
