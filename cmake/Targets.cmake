# excise_library([QUICK] NAME name SOURCES a.cc ... USES target ...): one static library for one folder.
# QUICK: it computes nothing, so debug builds, the sanitizers' too, do not optimise it: a third less to compile.
function(excise_library)
  cmake_parse_arguments(ARG "QUICK" "NAME" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(${ARG_NAME} STATIC ${ARG_SOURCES})
  excise_target_defaults(${ARG_NAME})
  target_link_libraries(${ARG_NAME} PUBLIC ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES})
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
# threads wait for each other as those of the program do (src/cli/main.cc).
function(excise_test)
  if(NOT EXCISE_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "QUICK" "NAME" "SOURCES;USES" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  excise_target_defaults(${ARG_NAME})
  if(ARG_QUICK)
    target_compile_options(${ARG_NAME} PRIVATE $<$<CONFIG:Debug>:-O0>)
  endif()
  target_compile_definitions(${ARG_NAME} PRIVATE EXCISE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_USES} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${ARG_NAME} TEST_PREFIX "${ARG_NAME}." DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT 600 ENVIRONMENT GOMP_SPINCOUNT=10000)
endfunction()

function(excise_target_defaults target)
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../src)
  # -Wno-restrict: gcc 12 reports std::string concatenation (its bug 105651).
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion -Wno-restrict)
endfunction()
