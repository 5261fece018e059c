import { asObject, asText, type Json } from './json.ts';
import { isThinking, isToolResult, isToolUse, partsOf, type Row } from './row.ts';

/**
 * Types of rows that have a place in the chain, and kinds of attachments and system rows, as 2.1.197 to 2.1.329 know
 * them.
 */
const placed = new Set(['user', 'assistant', 'attachment', 'system', 'progress']);
const systemKinds = new Set(`
  agents_killed api_error api_metrics api_retry away_summary background_tasks_changed bridge_state
  bridge_status checkpoint_done cloud_session_delta cloud_session_status code_change_published commands_changed
  compact_boundary dev_intent elicitation_complete feedback_draft_queued file_attachments_missing file_snapshot
  hook_progress hook_response hook_started informational inherited_asks_settled init instruction_size_warning
  late_allow_not_run local_command memory_recall memory_saved microcompact_boundary mirror_error
  model_consent_fallback model_fallback model_refusal_fallback model_refusal_no_fallback notification
  peer_message_hold per_turn_effort_changed permission_denied permission_retry plugin_install post_turn_summary
  rewind_stand_in scheduled_task_fire session_metadata session_state_changed session_title_changed
  session_writes_lost shell_cwd start_folder status stop_hook_summary task_notification task_progress task_started
  task_summary task_updated thinking_tokens tool_host_result turn_began_before_init turn_duration
  turn_handoff_available turn_preempted turn_starting voice_call_talk`.trim().split(/\s+/));
const attachmentKinds = new Set(`
  account_memory_recall advisor_stripped advisor_tool agent_ask_notice agent_listing_delta
  agent_mention artifact_opening_prefetch async_hook_response async_hook_response_batch at_mention_reference
  auto_mode auto_mode_exit batching_reminder batching_reminder_sent claude_app_notice command_permissions
  companion_intro compact_file_reference compaction_reminder context_efficiency context_sections
  coordinator_context cowork_memory_context credential_org critical_system_reminder current_session_memory date
  date_change deferred_tools_delta deferred_tools_record diagnostics dir_sync_notice directory document
  dynamic_skill edited_image_file edited_text_file environment file first_week fork_briefing goal_status
  hook_additional_context hook_blocking_error hook_cancelled hook_deferred_tool hook_error_during_execution
  hook_non_blocking_error hook_permission_decision hook_stopped_continuation hook_success hook_system_message
  image inlined_image_paths instruction_files_not_loaded instructions invoked_skills language
  linked_plugin_tools_note max_turns_reached mcp_instructions_delta mcp_resource message_pdf_reads model
  nested_memory new_diagnostics new_directory opened_file_in_ide output_limit_note output_style
  output_style_instructions output_token_usage pdf_reference peer_mention plan_file_reference plan_mode
  plan_mode_exit plan_mode_reentry plugin_note poll_events project_doc_reads projects_thread_ask prompt_as_file
  prompt_render_point prompt_snapshot queued_command read_truncation_notice relevant_memories
  remote_session_change repl_mcp_needs_auth repl_mcp_servers sandbox_instructions secondary_reminder
  secondary_reminder_sent selected_lines_in_ide session_context session_cron_carry silent_turn_reminder
  skill_discovery skill_listing structured_output task_progress task_reminder task_status team_context
  teammate_mailbox teammate_shutdown_batch thinking_drop thinking_stripped todo todo_reminder token_usage
  tool_host_result_lines tool_hosts_notice tool_offer_record tool_results_cut total_tokens_reminder
  ultra_effort_enter ultra_effort_exit ultrathink_effort unified_reminders verify_plan_reminder
  whole_texts_withdrawn workflow_size_guideline_change budget_usd already_read_file bagel_console`.trim().split(/\s+/));
const contentKinds = new Set(['text', 'image', 'document', 'search_result', 'tool_reference', 'container_upload']);

/** What of a row is of a kind that these versions do not know, in words; null when all of it is known. */
export function strangeIn(row: Row): string | null {
  const { type, subtype, json, parts } = row;
  if (row.uuid === undefined) return null;
  if (!placed.has(type)) return `a row of the unknown type “${type}”`;
  const isStrangeSystem = type === 'system' && !systemKinds.has(subtype ?? '');
  if (isStrangeSystem) return `a system row of the unknown kind “${subtype ?? ''}”`;
  if (type === 'attachment') {
    const kind = asText(asObject(json['attachment'])?.['type']) ?? '';
    return attachmentKinds.has(kind) ? null : `an attachment of the unknown kind “${kind}”`;
  }
  const part = strangePart(parts);
  return part === undefined ? null : `content of the unknown kind “${part}”`;
}

function strangePart(parts: readonly Json[]): string | undefined {
  for (const part of parts) {
    const kind = asText(part['type']) ?? '';
    const isKnown = contentKinds.has(kind) || isThinking(part) || isToolUse(part) || isToolResult(part);
    const strange = isKnown ? undefined : kind;
    const within = isToolResult(part) ? strangePart(partsOf(part['content'])) : undefined;
    if ((strange ?? within) !== undefined) return strange ?? within;
  }
  return undefined;
}
