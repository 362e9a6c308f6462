import { words } from '../words/index.ts';
import { beginningOf, type Chapter, chapterIds, queryOf, type Scene } from './scene.ts';

const say = words.play.chapters;

interface ChaptersProps {
  readonly chapter: Chapter;
  readonly onSelect: (scene: Scene) => void;
}

/** The chapters as links, and what the present one is about. */
export function Chapters({ chapter, onSelect }: ChaptersProps) {
  const [before, point, after] = say[chapter].say;
  const select = (scene: Scene) => (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onSelect(scene);
  };
  return (
    <>
      <nav aria-label={say.label}>
        <ol class="chapters">
          {chapterIds.map((id) => {
            const scene = beginningOf(id);
            return (
              <li key={id}>
                <a
                  href={location.pathname + queryOf(scene)}
                  aria-current={id === chapter ? 'step' : undefined}
                  onClick={select(scene)}
                >
                  {say[id].link} <small>{say[id].small}</small>
                </a>
              </li>
            );
          })}
        </ol>
      </nav>
      <p class="say">
        {before}
        <b>{point}</b>
        {after}
      </p>
    </>
  );
}
