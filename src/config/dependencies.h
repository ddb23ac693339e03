/*
 * dependencies.h - the order in which resources are created: each after those that it names.
 */
#ifndef MR_SRC_CONFIG_DEPENDENCIES_H
#define MR_SRC_CONFIG_DEPENDENCIES_H

#include "src/config/template.h"

/*
 * Fills template->order. Ref, Fn::GetAtt and Fn::Sub make edges (in the branch that Fn::If takes),
 * DependsOn too; resources without an edge between them keep the template's order. Those of a
 * cycle become MR_RESOURCE_BROKEN, with one finding.
 */
void mr_dependencies_order(mr_template *template);

#endif
