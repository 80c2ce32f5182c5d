# excise_library([QUICK] [JSON] NAME name SOURCES a.cc ... USES target ...): one static library for one folder.
# QUICK: it computes nothing, so debug builds, the sanitizers' too, do not optimise it: a third less to compile.
# JSON: most of its files read or write JSON, which is precompiled for them.
function(excise_library)
  cmake_parse_arguments(ARG "QUICK;JSON" "NAME" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(${ARG_NAME} STATIC ${ARG_SOURCES})
  excise_target_defaults(${ARG_NAME})
  target_link_libraries(${ARG_NAME} PUBLIC ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES} OpenMP::OpenMP_CXX)
  excise_precompile(${ARG_NAME} library "${ARG_QUICK}" "${ARG_JSON}")
  if(ARG_QUICK)
    target_compile_options(${ARG_NAME} PRIVATE $<$<CONFIG:Debug>:-O0>)
  endif()
  # The same objects, and ccache's, serve the program and the Python extension module.
  if(EXCISE_BUILD_PYTHON OR CMAKE_BUILD_TYPE STREQUAL "Release")
    set_target_properties(${ARG_NAME} PROPERTIES POSITION_INDEPENDENT_CODE ON
      CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  endif()
endfunction()

# excise_test([QUICK] NAME name SOURCES a_test.cc ... USES target ...): one test program, one ctest entry a test case.
# Tests find the goldens and the bundled model through EXCISE_SOURCE_DIR. Several run at once;
# threads wait for each other as those of the program do (src/cli/main.cc). The release's tests try the
# libraries as users have them; their own code, which mostly compares, takes a quarter less to compile with -O1.
function(excise_test)
  if(NOT EXCISE_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "QUICK" "NAME" "SOURCES;USES" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  excise_target_defaults(${ARG_NAME})
  target_compile_options(${ARG_NAME} PRIVATE $<$<CONFIG:Release>:-O1>)
  if(ARG_QUICK)
    target_compile_options(${ARG_NAME} PRIVATE $<$<CONFIG:Debug>:-O0>)
  endif()
  target_compile_definitions(${ARG_NAME} PRIVATE EXCISE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_USES} OpenMP::OpenMP_CXX GTest::gmock GTest::gtest_main)
  excise_precompile(${ARG_NAME} test "${ARG_QUICK}" FALSE)
  gtest_discover_tests(${ARG_NAME} TEST_PREFIX "${ARG_NAME}." DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT 600 ENVIRONMENT GOMP_SPINCOUNT=10000)
endfunction()

# Headers that most files include, compiled once for all targets of the same flags: the first of them
# makes it. That is why all have OpenMP's. Every file includes what it needs nevertheless; a build
# with -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON shows that (`make lint` is one).
# The list is measured: a header costs each file some of its time even when precompiled, JSON most.
function(excise_precompile target kind quick json)
  if(CMAKE_DISABLE_PRECOMPILE_HEADERS)
    return()
  endif()
  # What libstdc++ switches off in <bits/char_traits.h>, where gcc is wrong; precompiled, gcc forgets that.
  target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  set(headers <algorithm> <array> <cmath> <cstddef> <cstdint> <filesystem> <functional> <limits> <map>
    <memory> <numeric> <optional> <set> <span> <string> <string_view> <utility> <vector>
    <fmt/format.h> <tl/expected.hpp>)
  if(kind STREQUAL "test")
    list(APPEND headers <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  if(json)
    list(APPEND headers <nlohmann/json.hpp>)
    string(APPEND kind "_json")
  endif()
  if(quick AND CMAKE_BUILD_TYPE STREQUAL "Debug")
    string(APPEND kind "_quick")
  endif()
  get_property(maker GLOBAL PROPERTY EXCISE_PRECOMPILED_${kind})
  if(maker)
    target_precompile_headers(${target} REUSE_FROM ${maker})
  else()
    target_precompile_headers(${target} PRIVATE ${headers})
    set_property(GLOBAL PROPERTY EXCISE_PRECOMPILED_${kind} ${target})
  endif()
endfunction()

function(excise_target_defaults target)
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../src)
  # -Wno-restrict: gcc 12 reports std::string concatenation (its bug 105651).
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion -Wno-restrict)
endfunction()
