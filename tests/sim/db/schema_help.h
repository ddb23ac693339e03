/*
 * schema_help.h - makes a catalog what an earlier version of it was, for tests of upgrades.
 */
#ifndef MR_TESTS_SIM_DB_SCHEMA_HELP_H
#define MR_TESTS_SIM_DB_SCHEMA_HELP_H

/* What version 3 brought. */
#define DROP_FUNCTIONS                                                                             \
    "DROP TABLE functions; DROP TABLE function_versions; DROP TABLE function_variables;"           \
    "DROP TABLE function_tags; DROP TABLE function_permissions; DROP TABLE function_events;"
#define DROP_DELIVERY                                                                              \
    "DROP TABLE delivery_settings; DROP TABLE delivery_tags; DROP TABLE delivery_actions;"
#define DROP_MAPPINGS "DROP TABLE event_source_mappings; DROP TABLE mapping_positions;"

/* A file of version 3 becomes one of version 2. */
#define BACK_TO_VERSION_2 DROP_FUNCTIONS DROP_DELIVERY DROP_MAPPINGS "PRAGMA user_version = 2;"

#endif
