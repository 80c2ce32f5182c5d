# The quantised tensors of GGUF files are ggml's own: its library, from PyPI, widens them. Fetched
# once, with a pinned hash, into build/ggml of the source tree.
set(GGML_FOLDER ${CMAKE_SOURCE_DIR}/build/ggml)
execute_process(
  COMMAND ${CMAKE_SOURCE_DIR}/tools/fetch_wheel tools/ggml-requirement.txt ${GGML_FOLDER}
    --python-version 3.11 --implementation cp --abi cp311
    --platform manylinux_2_28_${CMAKE_HOST_SYSTEM_PROCESSOR}
  COMMAND_ERROR_IS_FATAL ANY)
set(GGML_LIBRARY ${GGML_FOLDER}/libggml/lib64/libggml-base.so.0)
add_library(ggml SHARED IMPORTED)
set_target_properties(ggml PROPERTIES
  IMPORTED_LOCATION ${GGML_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${GGML_FOLDER}/libggml/include)
