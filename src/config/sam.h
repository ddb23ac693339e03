/*
 * sam.h - the part of the SAM transform that pipelines use: Globals.Function and
 * AWS::Serverless::Function.
 */
#ifndef MR_SRC_CONFIG_SAM_H
#define MR_SRC_CONFIG_SAM_H

#include "src/config/template.h"

/*
 * Treats the resource at this place, whose type begins "AWS::Serverless::": refuses it without the
 * Transform, merges Globals under a function's properties, and adds the resources that SAM makes
 * of it (role, event source mappings, version and alias), so that Ref and Fn::GetAtt find them.
 */
void mr_sam_expand(mr_template *template, size_t place);
/* Checks the Globals section. */
void mr_sam_check_globals(mr_template *template);

#endif
