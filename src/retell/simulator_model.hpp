#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/http/message.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// The parts a simulated account is made of.
namespace trunkline::retell::simulation {

/// Ends a request with an error answer. Thrown before anything was changed.
class refusal {
public:
    int status;
    std::string body;
};
/// {"status":"error","message":...}
[[noreturn]] void refuse(int status, std::string_view message);
/// {"error_message":...}: the other shape the service uses.
[[noreturn]] void refuse_plainly(int status, std::string_view message);
/// 422 in the wording clients recognise as "no such thing".
[[noreturn]] void refuse_unknown_asset(std::string_view kind, std::string_view id);

http::reply json_reply(int status, std::string text);

/// One request after routing.
class call {
public:
    std::string id; ///< The path parameter, decoded.
    std::vector<std::pair<std::string, std::string>> query;
    json::value body;          ///< null when there was none.
    std::string id2;           ///< The second path parameter of those operations that have one.
    std::string_view if_match; ///< The header.
    std::string_view content_type, raw_body; ///< Of a form; empty otherwise.
    bool check_cursors = true;               ///< Refuse a pagination_key this list never gave.

    /// Empty when absent: the SDK sends null parameters as "name=".
    std::string_view parameter(std::string_view name) const noexcept;
};

/// A document with its text. Immutable, so forks, replies and lists share it.
class document {
public:
    explicit document(json::value v) : value(std::move(v)), text(json::to_text(value)) {}
    json::value value;
    std::string text;
};
using document_ptr = std::shared_ptr<document const>;

inline document_ptr make_document(json::object members)
{
    return std::make_shared<document const>(json::value(std::move(members)));
}

enum class engine_kind : std::uint8_t { none, llm, flow };

/// What an agent version runs on. kind is none for custom-llm.
class engine_ref {
public:
    engine_kind kind = engine_kind::none;
    std::string id;
    std::int64_t version = -1; ///< -1: not named.
};
engine_ref engine_of(json::object const& agent);

/// One version of an agent, LLM or flow. The plain members repeat what the document says.
class revision {
public:
    explicit revision(json::object members);
    std::int64_t number = 0;
    bool published = false;
    std::int64_t modified = 0;
    engine_ref engine; ///< Agents only.
    document_ptr doc;

    json::object const& members() const { return doc->value.as_object(); }
};

class versioned {
public:
    std::string id;
    std::vector<revision> revisions; ///< Ascending by number, never empty.
    std::int64_t created = 0;        ///< 0: was there from the start.
    std::int64_t position = 0;       ///< In lists: when it was modified last.
    json::object extra;              ///< Members of the state record that are not ours.

    revision* find(std::int64_t number) noexcept;
    revision const* find(std::int64_t number) const noexcept;
    revision& latest() noexcept { return revisions.back(); }
    revision const& latest() const noexcept { return revisions.back(); }
    revision const* latest_published() const noexcept;
    std::int64_t next_number() const noexcept { return latest().number + 1; }
};

enum class channel : std::uint8_t { voice, chat };

class agent_record : public versioned {
public:
    simulation::channel channel = simulation::channel::voice;
    json::object tags; ///< name -> {"version"?, "dynamic_variables"?}
};
class engine_record : public versioned {};

class number_record {
public:
    std::string id; ///< E.164
    document_ptr doc;
    std::string password; ///< Of its SIP trunk; never returned.
    std::int64_t created = 0;
    std::int64_t position = 0;
};

/// Records by id, and in the order lists show them.
template <class Record>
class collection {
public:
    using key = std::pair<std::int64_t, std::string>; ///< (position, id)

    Record* find(std::string_view id) noexcept
    {
        auto const i = by_id_.find(id);
        return i == by_id_.end() ? nullptr : &i->second;
    }
    Record const* find(std::string_view id) const noexcept
    {
        auto const i = by_id_.find(id);
        return i == by_id_.end() ? nullptr : &i->second;
    }
    /// Precondition: the id is new.
    Record& insert(Record r)
    {
        order_.emplace(r.position, r.id);
        auto id = r.id;
        return by_id_.emplace(std::move(id), std::move(r)).first->second;
    }
    void move(Record& r, std::int64_t position)
    {
        order_.erase(key(r.position, r.id));
        r.position = position;
        order_.emplace(position, r.id);
    }
    void erase(Record const& r)
    {
        order_.erase(key(r.position, r.id));
        by_id_.erase(by_id_.find(r.id));
    }
    std::set<key> const& order() const noexcept { return order_; }
    std::size_t size() const noexcept { return by_id_.size(); }

private:
    class hash {
    public:
        using is_transparent = void;
        std::size_t operator()(std::string_view s) const noexcept
        {
            return std::hash<std::string_view>{}(s);
        }
    };
    std::unordered_map<std::string, Record, hash, std::equal_to<>> by_id_;
    std::set<key> order_;
};

/// Nothing unless the whole text is a decimal integer.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;
/// "+" and up to fifteen digits, the first of which is not 0.
bool is_e164(std::string_view number) noexcept;

} // namespace trunkline::retell::simulation
