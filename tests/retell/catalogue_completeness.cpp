#include "catalogue_support.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace trunkline;
using namespace trunkline::retell;
using namespace catalogue_test;

namespace {

/// Reads the part of YAML that the service's interface file is written in: block mappings, block
/// lists, plain or quoted scalars. Enough for this file and made for nothing else.
class plain_yaml {
public:
    explicit plain_yaml(std::string const& text)
    {
        for (std::size_t from = 0; from < text.size();) {
            auto const end = std::min(text.find('\n', from), text.size());
            auto written = text.substr(from, end - from);
            auto const indent = written.find_first_not_of(' ');
            if (indent != std::string::npos && written[indent] != '#')
                lines_.push_back({indent, written.substr(indent)});
            from = end + 1;
        }
    }

    json::value read()
    {
        at_ = 0;
        return block(0);
    }

private:
    class line {
    public:
        std::size_t indent;
        std::string text;
    };

    bool more(std::size_t indent) const
    {
        return at_ < lines_.size() && lines_[at_].indent == indent;
    }
    bool at_item() const { return lines_[at_].text.starts_with("- "); }

    json::value block(std::size_t indent)
    {
        if (at_ < lines_.size() && at_item()) return list(indent);
        json::object out;
        while (more(indent) && !at_item()) {
            auto const text = lines_[at_++].text;
            auto const colon = text.ends_with(':') ? text.size() - 1 : text.find(": ");
            auto const key = unquoted(text.substr(0, colon));
            if (colon + 1 < text.size()) out.set(key, scalar(text.substr(colon + 2)));
            else out.set(key, nested(indent));
        }
        return out;
    }

    json::value nested(std::size_t indent)
    {
        if (at_ == lines_.size()) return {};
        if (lines_[at_].indent > indent) return block(lines_[at_].indent);
        if (lines_[at_].indent == indent && at_item()) return list(indent);
        return {};
    }

    json::value list(std::size_t indent)
    {
        json::array out;
        while (more(indent) && at_item()) {
            auto& here = lines_[at_];
            here.text.erase(0, 2);
            bool const mapping =
                here.text.ends_with(':') || here.text.find(": ") != std::string::npos;
            if (mapping) {
                here.indent += 2;
                out.push_back(block(here.indent));
            } else {
                out.push_back(scalar(here.text));
                ++at_;
            }
        }
        return out;
    }

    static json::value scalar(std::string const& text)
    {
        if (text == "{}") return json::object{};
        return unquoted(text);
    }

    static std::string unquoted(std::string const& text)
    {
        bool const quoted = text.size() > 1 && (text[0] == '\'' || text[0] == '"');
        return quoted ? text.substr(1, text.size() - 2) : text;
    }

    std::vector<line> lines_;
    std::size_t at_ = 0;
};

/// Collects the paths of all properties a schema can have.
class property_paths {
public:
    explicit property_paths(json::value const& schemas) : schemas_(schemas) {}
    std::set<std::string> all;

    void walk(json::value const& schema, std::string const& path)
    {
        if (auto const ref = schema.string_at("$ref"); !ref.empty()) {
            auto const* target = schemas_.find(ref.substr(ref.rfind('/') + 1));
            REQUIRE_MESSAGE(target != nullptr, "no schema ", ref);
            walk(*target, path);
            return;
        }
        for (auto word : {"anyOf", "oneOf", "allOf"})
            if (auto const* options = schema.find(word))
                for (auto const& option : options->as_array()) walk(option, path);
        if (auto const* properties = schema.find("properties");
            properties && properties->is_object())
            for (auto const& m : properties->as_object()) {
                auto const below = path.empty() ? m.key : path + "/" + m.key;
                all.insert(below);
                walk(m.val, below);
            }
        if (auto const* items = schema.find("items")) walk(*items, path + "/[]");
    }

private:
    json::value const& schemas_;
};

bool is_listed(resource_kind kind, std::string const& path)
{
    field_cursor here(kind);
    std::size_t from = 0;
    while (from <= path.size()) {
        auto const end = std::min(path.find('/', from), path.size());
        auto const step = path.substr(from, end - from);
        here = step == "[]" ? here.item() : here.member(step);
        from = end + 1;
    }
    return here.rule() != nullptr;
}

} // namespace

TEST_CASE("catalogue: lists every property of the service's four resources")
{
    auto const text = read_file(shared_folder() / "retell" / "openapi-sdk-5.66.1.yaml");
    if (!text) {
        MESSAGE("skipped: no retell/openapi-sdk-5.66.1.yaml in ", shared_folder().string(),
            " (set TRUNKLINE_SHARED)");
        return;
    }
    auto const document = plain_yaml(*text).read();
    auto const& schemas = document.at_or_null("components").at_or_null("schemas");
    class response {
    public:
        resource_kind kind;
        char const* schema;
        std::size_t least; ///< So that a reader that reads nothing is noticed.
    };
    for (auto const& r : {response{resource_kind::agent, "AgentResponse", 100},
             response{resource_kind::llm, "LlmResponse", 150},
             response{resource_kind::flow, "ConversationFlowResponse", 600},
             response{resource_kind::phone_number, "PhoneNumberResponse", 25}})
    {
        property_paths paths(schemas);
        paths.walk(schemas.at_or_null(r.schema), "");
        CHECK(paths.all.size() > r.least);
        for (auto const& path : paths.all)
            CHECK_MESSAGE(is_listed(r.kind, path), name(r.kind), " has no row for ", path);
    }
}
