import type { Plugin } from 'rollup';
import ts from 'typescript';

/** What a bundler or a lawyer reads. */
const kept = /^\/\*(?:!|\s*(?:[@#]__\w+__|webpack\w+:|@vite-ignore))/;

/** The comments of a module, as the compiler's own parser finds them. */
function commentsIn(text: string): ts.TextRange[] {
  const file = ts.createSourceFile('module.ts', text, ts.ScriptTarget.Latest);
  const comments: ts.TextRange[] = [];
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file).filter((child) => !ts.isJSDoc(child));
    children.forEach(visit);
    if (children.length > 0) return;
    const start = node.getFullStart();
    comments.push(
      ...(ts.getTrailingCommentRanges(text, start) ?? []),
      ...(ts.getLeadingCommentRanges(text, start) ?? []),
    );
  };
  visit(file);
  return comments;
}

/**
 * Leaves the comments of sources out of what is built: the types have the docstrings, which editors
 * show. Blanks take their place, so that a source map is right as it is.
 */
export const withoutComments: Plugin = {
  name: 'without-comments',
  transform(text) {
    const code = blanked.get(text) ?? blank(text);
    blanked.set(text, code);
    return { code, map: null };
  },
};

/** Each graph has the same modules. */
const blanked = new Map<string, string>();

function blank(text: string): string {
  let code = text;
  for (const { pos, end } of commentsIn(text)) {
    const comment = text.slice(pos, end);
    if (kept.test(comment)) continue;
    code = code.slice(0, pos) + comment.replace(/[^\n]/g, ' ') + code.slice(end);
  }
  return code;
}
