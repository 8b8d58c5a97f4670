#pragma once

#include "retell/catalogue_table.hpp"

/// Where the shapes of catalogue_table.hpp are defined, by file.
namespace trunkline::retell::detail {

// catalogue_agent.cpp
extern field_shape const agent_shape;
extern field_shape const variable_shape;
extern field_shape const phone_number_shape;
extern field_shape const weighted_agent_shape;
extern field_shape const knowledge_base_shape;
extern field_shape const knowledge_text_shape;

// catalogue_llm.cpp
extern field_shape const llm_shape;
extern field_shape const state_shape;
extern field_shape const tool_shape;
extern field_shape const mcp_shape;
extern field_shape const transfer_destination_shape;
extern field_shape const transfer_option_shape;
extern field_shape const schema_shape;

// catalogue_flow.cpp
extern field_shape const flow_shape;
extern field_shape const component_shape;
extern field_shape const node_shape;
extern field_shape const edge_shape;
extern field_shape const condition_shape;
extern field_shape const global_node_shape;
extern field_shape const example_shape;
extern field_shape const note_shape;
extern field_shape const point_shape;

} // namespace trunkline::retell::detail
