#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The interface description of the official SDK, read as far as the operation table claims something.
namespace description {

/// One operation as the description states it.
class operation {
public:
    std::string method;
    std::string path;
    std::string sdk_name;
    std::map<std::string, bool> query; ///< Name -> required.
    std::vector<std::string> path_names;
    bool has_body = false;
    bool body_required = false;
    bool multipart = false;
    std::set<std::string> body_names; ///< Of the properties that stand in the operation itself.
    bool has_result = false;
    bool is_array = false;
    std::string result_schema; ///< "CallListResponse"; empty if it has no name.
    int success = 0;
};

/// It is machine-written: the indentation of each level is fixed, so lines suffice.
class reader {
public:
    void line(std::string const& raw)
    {
        auto const indent = raw.find_first_not_of(' ');
        if (indent == std::string::npos) return;
        auto const text = raw.substr(indent);
        if (indent == 0) room_ = text;
        if (room_ == "components:") component(indent, text);
        if (room_ != "paths:") return;
        if (indent == 2) path_ = text.substr(0, text.size() - 1);
        if (indent == 4) begin_operation(text.substr(0, text.size() - 1));
        if (indent == 6) section_ = text;
        if (indent == 6) operation_member(text);
        if (section_ == "requestBody:") body(indent, text);
        if (section_ == "parameters:") parameter(indent, text);
        if (section_ == "responses:") response(indent, text);
    }

    std::vector<operation> found;
    std::set<std::string> pages; ///< Schemas that say has_more.

private:
    operation& now() { return found.back(); }

    static std::string value_after(std::string const& text, std::string_view label)
    {
        return text.starts_with(label) ? text.substr(label.size()) : std::string();
    }

    void component(std::size_t indent, std::string const& text)
    {
        if (indent == 4) schema_ = text.substr(0, text.size() - 1);
        if (text == "has_more:") pages.insert(schema_);
    }

    void begin_operation(std::string method)
    {
        std::ranges::transform(
            method, method.begin(), [](char c) { return static_cast<char>(c & ~0x20); });
        found.emplace_back();
        now().method = method;
        now().path = path_;
    }

    void operation_member(std::string const& text)
    {
        if (text.starts_with("operationId: ")) now().sdk_name = value_after(text, "operationId: ");
        if (text == "requestBody:") now().has_body = true;
        if (text.starts_with("- in: ")) { // parameters are listed at the indentation of their key
            section_ = "parameters:";
            where_ = value_after(text, "- in: ");
        }
    }

    void body(std::size_t indent, std::string const& text)
    {
        if (indent == 8 && text == "required: true") now().body_required = true;
        if (indent == 10 && text == "multipart/form-data:") now().multipart = true;
        if (indent == 16 && text.ends_with(':'))
            now().body_names.insert(text.substr(0, text.size() - 1));
    }

    void parameter(std::size_t indent, std::string const& text)
    {
        if (indent != 8) return;
        if (text.starts_with("name: ")) parameter_ = value_after(text, "name: ");
        if (where_ == "path" && text.starts_with("name: ")) now().path_names.push_back(parameter_);
        if (where_ == "query" && text.starts_with("required: "))
            now().query[parameter_] = text == "required: true";
    }

    void response(std::size_t indent, std::string const& text)
    {
        if (indent == 8) in_success_ = text.starts_with("'2");
        if (!in_success_) return;
        if (indent == 8) now().success = std::stoi(text.substr(1, 3));
        if (indent == 10 && text == "content:") now().has_result = true;
        if (indent == 16 && text == "type: array") now().is_array = true;
        constexpr std::string_view reference = "$ref: '#/components/schemas/";
        if (indent == 16 && text.starts_with(reference)) {
            now().result_schema = value_after(text, reference);
            now().result_schema.pop_back();
        }
    }

    std::string room_;
    bool in_success_ = false;
    std::string path_;
    std::string section_;
    std::string where_;
    std::string parameter_;
    std::string schema_;
};

inline reader read()
{
    auto const file = std::filesystem::path(TRUNKLINE_SOURCE_DIR) / "tests" / "conformance" /
        "openapi-sdk-5.66.1.yaml";
    std::ifstream in(file);
    reader r;
    for (std::string line; std::getline(in, line);) r.line(line);
    return r;
}

} // namespace description
