// What several panels have in common.
#ifndef EXCISE_REPORT_PANEL_PARTS_H_
#define EXCISE_REPORT_PANEL_PARTS_H_

#include <string>
#include <vector>

#include "report/figure.h"
#include "report/result_folder.h"
#include "report/text.h"

namespace excise {

// The limit of p and q where a result does not name its own.
inline constexpr double kUsualLimit = 0.05;

// The limit of p and q below which a result counts an effect as one.
double significance(const ResultFolder& folder);

// "excise sweep" or "excise corpus": which command makes such results.
std::string command_of(const ResultFolder& folder);

// "removal", or "addition" where the sweep adds what a class has.
std::string edit_noun(const ResultFolder& folder);

// Whether effects have a test over several texts.
bool has_over_texts(const ResultFolder& folder);

// What figures call the edit: "whole edit" where they also show its parts, else
// edit_noun().
std::string edit_name(const ResultFolder& folder);

// The components that the removal takes out; the first step of a scan.
std::vector<size_t> removed_components(const ResultFolder& folder);

// What effects are nats of: "a token" or "a prompt".
std::string entry_words(const ResultFolder& folder);
// "nats a token (above 0 hurts)".
Axis effect_axis(const ResultFolder& folder);

// The swept layers as places on an axis.
std::vector<double> layer_places(const ResultFolder& folder);
Axis layer_axis(const ResultFolder& folder);

// Positions 0 .. T-1, with the tokens as names.
Axis token_axis(const ResultFolder& folder);
std::vector<double> positions(const ResultFolder& folder);

// An end (0 or 1) of the interval at this JSON pointer; NaN where there is
// none.
double interval_end(const nlohmann::json& json, const char* pointer,
                    size_t end);
// The same for each swept layer.
std::vector<double> interval_end(const ResultFolder& folder,
                                 const char* pointer, size_t end);

// "layer 3" for each swept layer.
std::vector<std::string> layer_labels(const ResultFolder& folder);

// The values in one vector, row by row.
std::vector<double> flat(const Matrix<double>& matrix);

// Index of the largest and smallest number that is not NaN; none where there
// is none.
std::optional<size_t> largest(const std::vector<double>& values);
std::optional<size_t> smallest(const std::vector<double>& values);

// NaN where there is none.
double median_of(std::vector<double> values);
// The next point of a band: the middle 95 % of the values, and their median.
void add_to_band(std::vector<double> values, Series& band);

// Where the largest distance from 0 is more than `times` that of the second
// largest: the range of the others.
std::optional<std::pair<double, double>> close_up(
    const std::vector<double>& values, double times = 4);
// The same of rows, where one row dwarfs the others.
std::optional<std::pair<double, double>> close_up(const Matrix<double>& rows,
                                                  double times = 4);

// The place of a figure on the page, which its script fills.
Html slot_html(const Slot& slot);

// A table whose cells keep their numbers exactly, for the CSV download.
class Table {
 public:
  // caption: what the table shows; file: name of its CSV; style: a class of
  // page.css.
  Table(std::string_view caption, std::string_view file,
        const std::vector<std::string>& columns, std::string_view style = "");
  Table& begin_row(std::string_view header);
  Table& number(double value, int digits = 3);
  Table& text(std::string_view text);
  Table& words(const std::vector<std::string>& words);  // each in a box
  Html html();

 private:
  Html rows_;
  bool open_ = false;
};

}  // namespace excise

#endif  // EXCISE_REPORT_PANEL_PARTS_H_
