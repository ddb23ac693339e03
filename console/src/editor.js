// editor.js - the editor of SQL: CodeMirror in a shadow root, because its styles reach a document
// only as a <style> element, which the page's policy forbids, but a shadow root as a style sheet.

import {sql} from '@codemirror/lang-sql';
import {EditorState, Prec} from '@codemirror/state';
import {EditorView, keymap} from '@codemirror/view';
import {HighlightStyle, syntaxHighlighting} from '@codemirror/language';
import {tags} from '@lezer/highlight';
import {minimalSetup} from 'codemirror';

const colours = HighlightStyle.define([
  {tag: tags.keyword, color: 'var(--accent)', fontWeight: '600'},
  {tag: [tags.string, tags.special(tags.string)], color: 'var(--good)'},
  {tag: [tags.number, tags.bool, tags.null], color: 'var(--line-3)'},
  {tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic'},
]);

const look = EditorView.theme({
  '&': {fontSize: '14px', minHeight: '8rem', backgroundColor: 'transparent', color: 'var(--text)'},
  '&.cm-focused': {outline: '2px solid var(--accent)', outlineOffset: '-1px', borderRadius: '6px'},
  '.cm-content': {fontFamily: 'var(--mono)', padding: '12px 14px', caretColor: 'var(--text)', minHeight: '8rem'},
  '.cm-cursor': {borderLeftColor: 'var(--text)'},
  '.cm-line': {padding: '0'},
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-ground)',
  },
});

export class Editor extends HTMLElement {
  #view = null;

  connectedCallback() {
    if (this.#view !== null) {
      return;
    }
    const root = this.attachShadow({mode: 'open', delegatesFocus: true});
    const run = () => {
      this.dispatchEvent(new CustomEvent('run'));
      return true;
    };
    this.#view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: this.initial ?? '',
        extensions: [
          Prec.highest(keymap.of([{key: 'Mod-Enter', run}])), minimalSetup, sql(), EditorView.lineWrapping, look,
          syntaxHighlighting(colours),
          EditorView.contentAttributes.of({'aria-label': 'SQL', tabindex: '0'}),
        ],
      }),
    });
  }

  get value() {
    return this.#view?.state.doc.toString() ?? this.initial ?? '';
  }

  set value(text) {
    this.initial = text;
    this.#view?.dispatch({changes: {from: 0, to: this.#view.state.doc.length, insert: text}});
  }
}

customElements.define('mr-editor', Editor);
