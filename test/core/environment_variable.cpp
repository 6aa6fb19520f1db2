// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/environment_variable.hpp>

#include <core/scoped_environment.hpp>
#include <doctest/doctest.h>

#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

using distproc::environment_number;
using distproc::environment_variable;
using distproc::launched_rank;
using distproc::launched_ranks;
using distproc::test::scoped_environment;

namespace {

/// The environment without any launcher, and then with these variables.
class launcher {
public:
    launcher(std::initializer_list<std::pair<const char*, const char*>> variables) {
        for (const char* name :
             {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "PMI_SIZE", "PMI_RANK", "MV2_COMM_WORLD_SIZE",
              "MV2_COMM_WORLD_RANK", "SLURM_STEP_ID", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_PROCID"}) {
            kept_.push_back(std::make_unique<scoped_environment>(name, nullptr));
        }
        for (const auto& [name, value] : variables) {
            kept_.push_back(std::make_unique<scoped_environment>(name, value));
        }
    }
    launcher(const launcher&) = delete;
    launcher& operator=(const launcher&) = delete;
    ~launcher() {
        while (!kept_.empty()) {
            kept_.pop_back();
        }
    }

private:
    std::vector<std::unique_ptr<scoped_environment>> kept_;
};

} // namespace

TEST_CASE("a variable that is not set or empty has no value") {
    const scoped_environment none("DISTPROC_TEST_VARIABLE", nullptr);
    CHECK(!environment_variable("DISTPROC_TEST_VARIABLE"));
    CHECK(!environment_number("DISTPROC_TEST_VARIABLE"));
    const scoped_environment empty("DISTPROC_TEST_VARIABLE", "");
    CHECK(!environment_variable("DISTPROC_TEST_VARIABLE"));
    CHECK(!environment_number("DISTPROC_TEST_VARIABLE"));
    const scoped_environment text("DISTPROC_TEST_VARIABLE", "a b");
    CHECK(environment_variable("DISTPROC_TEST_VARIABLE") == "a b");
}

TEST_CASE("whole numbers from 0 are read, everything else is refused") {
    for (const auto& [text, number] : std::initializer_list<std::pair<const char*, std::size_t>>{
             {"0", 0}, {"17", 17}, {"007", 7}, {"18446744073709551615", ~std::size_t{0}}}) {
        const scoped_environment variable("DISTPROC_ITEM", text);
        CHECK(environment_number("DISTPROC_ITEM") == number);
    }
    for (const char* text : {"x", "-1", "+1", "1.5", "1x", " 1", "1 ", "0x10", "18446744073709551616"}) {
        const scoped_environment variable("DISTPROC_ITEM", text);
        CAPTURE(text);
        CHECK_THROWS_AS((void)environment_number("DISTPROC_ITEM"), distproc::error);
    }
    const scoped_environment variable("DISTPROC_ITEM", "x");
    CHECK_THROWS_WITH_AS((void)environment_number("DISTPROC_ITEM", "an item number"),
                         "DISTPROC_ITEM='x' is not an item number; give a whole number from 0", distproc::error);
}

TEST_CASE("without a launcher, one process") {
    const launcher none{};
    CHECK(launched_ranks() == 1);
    CHECK(launched_rank() == 0);
}

TEST_CASE("what launchers say") {
    {
        const launcher open_mpi{{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "3"}};
        CHECK(launched_ranks() == 4);
        CHECK(launched_rank() == 3);
    }
    {
        const launcher hydra{{"PMI_SIZE", "2"}, {"PMI_RANK", "1"}};
        CHECK(launched_ranks() == 2);
        CHECK(launched_rank() == 1);
    }
    {
        const launcher srun{
            {"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "8"}, {"SLURM_NTASKS", "16"}, {"SLURM_PROCID", "5"}};
        CHECK(launched_ranks() == 8);
        CHECK(launched_rank() == 5);
    }
    {
        const launcher old_srun{{"SLURM_STEP_ID", "2"}, {"SLURM_NTASKS", "16"}, {"SLURM_PROCID", "0"}};
        CHECK(launched_ranks() == 16);
    }
}

TEST_CASE("a batch script is one process, whatever the job has reserved") {
    for (const char* step : {"4294967291", "4294967290", "batch", ""}) { // batch, interactive
        const launcher sbatch{{"SLURM_STEP_ID", step}, {"SLURM_NTASKS", "16"}, {"SLURM_PROCID", "0"}};
        CHECK(launched_ranks() == 1);
    }
    const launcher salloc{{"SLURM_NTASKS", "16"}};
    CHECK(launched_ranks() == 1);
}

TEST_CASE("what makes no sense is not believed") {
    const launcher odd{
        {"OMPI_COMM_WORLD_SIZE", "many"}, {"OMPI_COMM_WORLD_RANK", "0"}, {"PMI_SIZE", "2"}, {"PMI_RANK", "2"}};
    CHECK(launched_ranks() == 1);
    CHECK(launched_rank() == 0);
}
