# The same objects for every way of building: `make`, a wheel, and `pip install .` call the compiler
# with the same flags, so that ccache has for one what another compiled.

# ccache, with paths relative to the build folder, which all are two below the sources'. Precompiled
# headers need the sloppiness: it then sees neither __DATE__ and the like, which nothing here has, nor
# macros defined before them, of which the command line has all.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()

# Warnings are errors with the compiler of Debian 12, whose warnings are known; another one has its
# own. Under sanitizers gcc sees uninitialised values that are none.
if(NOT DEFINED CMAKE_COMPILE_WARNING_AS_ERROR AND CMAKE_BUILD_TYPE STREQUAL "Release"
   AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^12\\.")
  set(CMAKE_COMPILE_WARNING_AS_ERROR ON)
endif()
