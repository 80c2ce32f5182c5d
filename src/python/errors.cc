#include "python/errors.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <string>

#include "io/utf8.h"
#include "python/bindings.h"

namespace excise {

namespace nb = nanobind;

void bind_errors(nb::module_& module) {
  module.def("shown", &shown, nb::arg("text"),
             "A string from elsewhere as one line that a terminal cannot "
             "obey.");
  module.def("without_controls", &without_controls, nb::arg("text"),
             "The same of a text, with its lines and tabs.");
  nb::register_exception_translator(
      [](const std::exception_ptr& thrown, void*) {
        try {
          std::rethrow_exception(thrown);
        } catch (const ErrorException& exception) {
          const Error& error = exception.error();
          const nb::object raised =
              nb::module_::import_("excise.errors")
                  .attr("from_code")(std::string(error_code_name(error.code)),
                                     shown(error.message));
          PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(raised.ptr())),
                          raised.ptr());
        }
      });
}

}  // namespace excise
