// missing.js - an address that no view has.

import {html} from 'lit-html';
import {addressOf} from '../address.js';

export function open() {
  return {
    title: 'Nothing here',
    render: () => html`<p>No view has this address. <a href=${addressOf('pipeline')}>To the pipeline</a></p>`,
  };
}
