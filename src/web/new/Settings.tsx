import { useEffect, useRef } from 'preact/hooks';
import { words } from '../words/index.ts';
import type { Editor } from './editor.ts';
import { Area, Check, Part, Pick, Radios, Text } from './Field.tsx';

const { parts, none } = words.create;

interface SettingsProps {
  readonly editor: Editor;
}

/** What may be proposed, and what counts as equal. */
export function Values({ editor }: SettingsProps) {
  const isNear = editor.text('equality') === 'near';
  const decides = isNear || editor.text('decide') !== 'proposed';
  return (
    <Part title={parts.what}>
      <div class="two">
        <Area editor={editor} field="options" />
        <Area editor={editor} field="wins" />
      </div>
      <div class="two">
        <Pick editor={editor} field="equality" />
        {isNear && <Text editor={editor} field="tolerance" placeholder="0.5" />}
        {isNear && <Text editor={editor} field="share" placeholder="1/10" />}
        {decides && <Pick editor={editor} field="decide" />}
      </div>
    </Part>
  );
}

export function Closing({ editor }: SettingsProps) {
  return (
    <Part title={parts.when}>
      <div class="two">
        <Pick editor={editor} field="close" />
        <Text editor={editor} field="minWait" placeholder={none} />
        <Text editor={editor} field="lastCall" placeholder={none} />
        <Text editor={editor} field="deadline" placeholder={none} />
        <Pick editor={editor} field="deadlineFrom" />
        <Pick editor={editor} field="onDeadline" />
        {editor.text('onDeadline') === 'default' && <Text editor={editor} field="default" />}
      </div>
    </Part>
  );
}

export function Shown({ editor }: SettingsProps) {
  return (
    <Part title={parts.reveal}>
      <Radios editor={editor} field="reveal" />
      <Check editor={editor} field="revote" />
    </Part>
  );
}

export function Afterwards({ editor }: SettingsProps) {
  return (
    <Part title={parts.next}>
      <div class="two">
        <Pick editor={editor} field="next" />
        <Text editor={editor} field="maxRounds" placeholder={none} isNumber />
        <Pick editor={editor} field="tie" />
        {editor.text('tie') === 'priority' && <Area editor={editor} field="priority" />}
      </div>
    </Part>
  );
}

export function Some({ editor }: SettingsProps) {
  return (
    <Part title={parts.more}>
      <div class="two">
        <Text editor={editor} field="weights" placeholder={none} />
        <Text editor={editor} field="veto" placeholder={none} />
        <Text editor={editor} field="required" placeholder={none} />
      </div>
    </Part>
  );
}

export function Admission({ editor }: SettingsProps) {
  return (
    <Part title={parts.admission}>
      <Radios editor={editor} field="admission" />
    </Part>
  );
}

const advanced = [
  'of',
  'cast',
  'absent',
  'part',
  'mayClose',
  'mayWaive',
  'maySpend',
  'subjectHash',
  'valueBytes',
];
const kept = ['keepRounds', 'keepMessages', 'keepIdle'];

/** What few groups need. It opens by itself where something in it is wrong. */
export function Advanced({ editor }: SettingsProps) {
  const details = useRef<HTMLDetailsElement>(null);
  const inside = [...advanced, ...kept, 'more'];
  const isWrong = editor.wrongs.value.some(({ fields }) => fields.some((field) => inside.includes(field)));
  useEffect(() => {
    if (isWrong && details.current !== null) details.current.open = true;
  }, [isWrong]);
  return (
    <details class="part" ref={details}>
      <summary>{parts.advanced}</summary>
      <div class="two">
        <Pick editor={editor} field="of" />
        <Text editor={editor} field="cast" placeholder={none} isNumber />
        <Pick editor={editor} field="absent" />
        <Text editor={editor} field="part" />
        <Text editor={editor} field="mayClose" />
        <Text editor={editor} field="mayWaive" />
        <Text editor={editor} field="maySpend" />
        <Text editor={editor} field="subjectHash" />
        <Text editor={editor} field="valueBytes" isNumber />
        {kept.map((field) => (
          <Text key={field} editor={editor} field={field} />
        ))}
      </div>
      <Area editor={editor} field="more" />
    </details>
  );
}
