// What a report calls the facts of a result file: in words, with their units.
#ifndef EXCISE_REPORT_FACT_NAMES_H_
#define EXCISE_REPORT_FACT_NAMES_H_

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace excise {

struct FactName {
  const char* key;
  const char* name;
};

// Those of manifest.model and of audit, in the order in which they are shown.
std::span<const FactName> model_facts();
std::span<const FactName> audit_facts();

// Of a later version, perhaps: "mean_loss" is "mean loss".
std::string name_of_unknown(std::string_view key);

// A value on one line: "yes", "1, 2, 3", "none"; what is long is cut.
std::string fact_text(const nlohmann::json& value);
// About 70 bytes from `from` on, cut between characters.
std::string excerpt(const std::string& text, size_t from);

}  // namespace excise

#endif  // EXCISE_REPORT_FACT_NAMES_H_
