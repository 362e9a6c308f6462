import type { ClientCode } from '../../client/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { OutcomeReason } from '../../core/types.ts';
import type { Words } from './en.ts';
import { explainer } from './explained.ts';
import { formats } from './formats.ts';

/** Numbers, times and lists as Latin America writes them: with a decimal point, as the values of the protocol have it. */
const { count, some, time, duration, span, left, seconds, percent } = formats('es-419', {
  others: (n) => `${n} más`,
  minute: ['minuto', 'minutos'],
  hour: ['hora', 'horas'],
  day: ['día', 'días'],
});

const seatStates = {
  in: 'ya está',
  missing: 'falta',
  absent: 'ausente',
  waived: 'eximido',
  later: 'se le pregunta solo si los demás no se ponen de acuerdo',
};

const inRound = (round: number | null): string => (round === null ? '' : `, ronda ${count(round)}`);

const decided = {
  proposed: '',
  median: '; se decide la mediana de ellos',
  mean: '; se decide el promedio de ellos',
};

const field = (at: string | null): string => (at === null ? '' : ` en ${at}`);

const most = (rounds: number | null): string => (rounds === null ? '.' : `, ${count(rounds)} como máximo.`);

const change = (revote: boolean): string =>
  revote ? ' Hasta entonces, cada cual puede cambiar el suyo.' : '';

/** What the server says in English, said in Spanish from the same data. */

const reasons: Readonly<Record<OutcomeReason, string>> = {
  agreed: 'hubo acuerdo',
  'no-agreement': 'sin acuerdo',
  tie: 'empate',
  veto: 'veto',
  required: 'falta un apoyo',
  floor: 'muy pocos',
  deadline: 'plazo vencido',
  'last-call': 'última llamada',
  'closed-by-hand': 'cerrada a mano',
  'subject-changed': 'cambió el asunto',
  'rule-changed': 'cambió la regla',
  'group-deleted': 'grupo borrado',
};

/** The reason of an outcome in a word or two. */
const reasonOf = (reason: string | null): string =>
  reason === null ? '' : ((reasons as Readonly<Record<string, string>>)[reason] ?? reason);

const kinds: Readonly<Record<string, string>> = { person: 'persona', program: 'programa', model: 'modelo' };

/** What an agent is. */
const kindOf = (kind: string): string => kinds[kind] ?? kind;

/** Why a round stands or ended so. */
const explained: Words['explained'] = explainer({
  gathering: 'se espera a que entren agentes',
  missing: (names, more) => `${names.length + more === 1 ? 'falta' : 'faltan'} ${some(names, 4, more)}`,
  missingOf: (n, of) => `${n === 1 ? 'falta' : 'faltan'} ${count(n)} de ${count(of)}`,
  minWait: 'ya están todos; se espera a que pase el tiempo mínimo',
  proposed: (n, of) => `${n === 1 ? 'propuso' : 'propusieron'} ${count(n)} de ${count(of)}`,
  behind: (n, of) => `${n === 1 ? 'lo propuso' : 'lo propusieron'} ${count(n)} de ${count(of)}`,
  endings: {
    deadline: (what) => `venció el plazo: ${what}`,
    'last-call': (what) => `pasó la última llamada: ${what}`,
    'closed-by-hand': (what) => `la ronda se cerró a mano: ${what}`,
  },
  undecided: (proposed) => `${proposed} y no hubo acuerdo`,
  noAgreement: 'ningún valor puede reunir lo necesario',
  most: (n, of) => `ningún valor puede reunir lo necesario: el que más tuvo, ${count(n)} de ${count(of)}`,
  floor: (proposed) => `${proposed}, menos de lo que pide la regla`,
  failures: {
    tie: 'empate entre los valores con más apoyo, y la regla no lo rompe',
    veto: 'hubo un veto',
    required: 'no lo apoyan todos los que la regla exige',
    'subject-changed': 'cambió el asunto: lo propuesto para el anterior no cuenta para el nuevo',
    'rule-changed': 'el aula cambió de forma: la próxima ronda empieza con la nueva',
    'group-deleted': 'se borró el grupo',
  },
  waived: (why, agents) => `${why}; no se cuenta a ${some(agents)}`,
});

/** What went wrong and what to do, by the code of the error. */
const problems: Readonly<Partial<Record<ErrorCode | ClientCode, readonly [string, string]>>> = {
  'agent-not-found': ['Este agente ya no está en el grupo.', 'Entra otra vez.'],
  'agent-taken': ['Otro ya usa este nombre.', 'Toma otro nombre, o espera a que el otro se vaya.'],
  'already-proposed': [
    'Este agente ya propuso en esta ronda.',
    'Cuenta la primera propuesta: espera el resultado y propón de nuevo en la próxima ronda.',
  ],
  behind: ['Este servidor va atrasado respecto de lo que ya viste.', 'No se hizo nada: inténtalo otra vez.'],
  'cannot-be-waived': [
    'Este asiento no se puede eximir.',
    'Deja que la ronda termine por un cierre o por su plazo, o cambia la regla para la próxima.',
  ],
  'deadline-out-of-range': [
    'El plazo no se puede fijar para esa hora.',
    'Elige una hora más tarde, o más cercana.',
  ],
  'electorate-incomplete': [
    'La ronda espera a más agentes.',
    'Inténtalo cuando hayan entrado los suficientes.',
  ],
  'group-exhausted': ['El grupo usó todas sus rondas.', 'Sube maxRounds en la regla, o crea otro grupo.'],
  'group-not-found': ['No existe ese grupo.', 'Revisa la dirección, o crea el grupo.'],
  internal: ['El servidor se equivocó.', 'Inténtalo otra vez; si sigue así, avisa a quien lo administra.'],
  'join-key-wrong': ['La clave del grupo no es correcta.', 'Pídela a quien creó el grupo.'],
  'limit-reached': [
    'Se alcanzó un límite de este servidor.',
    'Borra lo que ya no sirve, o pide a quien lo administra que suba el límite.',
  ],
  'may-not-close': [
    'No puedes cerrar rondas ni fijar su plazo.',
    'Pídeselo a quien puede hacerlo, o a quien administra.',
  ],
  'may-not-waive': ['No puedes eximir asientos.', 'Pídeselo a quien puede hacerlo, o a quien administra.'],
  'no-open-round': ['No hay ninguna ronda abierta.', 'Mira el resultado, o abre la próxima ronda.'],
  'no-quorum': ['El clúster no tiene mayoría ahora.', 'Inténtalo otra vez en un momento.'],
  'no-space': ['Al servidor no le queda espacio.', 'Avisa a quien lo administra.'],
  'not-a-number': ['El valor no es un número.', 'Propón un número: este grupo compara números cercanos.'],
  'not-a-voter': ['Quien solo mira no propone.', 'Entra como votante con otro nombre.'],
  'not-an-option': ['La ronda no ofrece este valor.', 'Propón una de las opciones, o abstente.'],
  'not-eligible': [
    'Este agente no tiene asiento en esta ronda.',
    'Usa un nombre que tenga asiento, o cambia la regla para la próxima ronda.',
  ],
  'not-invited': [
    'Este agente no está invitado.',
    'Pide una invitación a quien administra el grupo, y ábrela.',
  ],
  'note-too-long': [
    'La nota es demasiado larga.',
    'Acórtala, o pon el texto en un documento y manda el enlace.',
  ],
  'outcome-unknown': ['No se sabe si esto se hizo.', 'Mira el estado antes de intentarlo otra vez.'],
  overloaded: ['Hay demasiadas peticiones a la vez.', 'Espera un momento e inténtalo otra vez.'],
  'revision-mismatch': ['El grupo cambió desde que lo leíste.', 'Míralo otra vez e inténtalo de nuevo.'],
  'role-differs': ['Este agente entró con otro papel.', 'Sal primero, y entra con el papel que quieres.'],
  'round-closed': ['La ronda ya está cerrada.', 'Mira su resultado; lo siguiente va en la próxima ronda.'],
  'round-full': [
    'Todos los asientos de esta ronda están ocupados.',
    'Espera a que se cierre y propón en la próxima.',
  ],
  'round-not-kept': ['Esa ronda ya no se guarda.', 'Solo se guardan las últimas.'],
  'round-not-open': ['Esa ronda todavía no está abierta.', 'Mira cuál está abierta ahora.'],
  'round-open': ['Ya hay una ronda abierta.', 'Usa la que está abierta, o ciérrala primero.'],
  'stale-seq': ['Ya cuenta una propuesta posterior.', 'Cambia tu voto otra vez, si es lo que quieres.'],
  stopping: ['El servidor se está apagando.', 'Inténtalo otra vez en un momento.'],
  'token-required': [
    'Hace falta un token.',
    'Usa el token que recibiste al entrar, o el de quien administra.',
  ],
  'stale-fence': ['Ya no tiene ese turno.', 'Mira quién lo tiene ahora.'],
  'token-wrong': ['Hace falta otro token.', 'Usa el token de este agente, o el de quien administra.'],
  unreachable: ['No se alcanza el servidor.', 'Revisa la dirección y que el servidor esté en marcha.'],
};

/** What went wrong and what to do; null where only the server knows. */
const problem: Words['problem'] = (code) =>
  Object.hasOwn(problems, code) ? (problems[code as ErrorCode] ?? null) : null;

/** Every text of the pages, in Spanish. States (WAITING, SUCCESS, FAILED) are words of the protocol and stand as they are. */
export const words: Words = {
  count,
  some,
  time,
  span,
  value: (value) => JSON.stringify(value),
  reason: reasonOf,
  kind: kindOf,
  explained,
  problem,

  qr: (address) => `Código QR de ${address}`,

  frame: {
    title: (page) => `${page} - Quorate`,
    skip: 'Ir a la página',
    pages: 'Páginas',
    groups: 'Grupos',
    play: 'Jugar',
    cluster: 'Clúster',
    create: 'Nuevo grupo',
    docs: 'API',
  },

  contact: {
    beginning: 'conectando',
    live: 'en vivo',
    lost: (since) => `Sin contacto desde las ${time(since)}`,
    index: (index) => `índice ${count(index)}`,
  },

  clock: {
    until: 'hasta el plazo',
    duration,
    left: (ms) => `quedan ${duration(ms)}`,
    spoken: { minute: 'queda 1 minuto', seconds: 'quedan 10 segundos' },
  },

  code: {
    copy: 'Copiar',
    copied: 'Copiado',
    press: 'Pulsa Ctrl+C',
    copyWhat: (what) => `Copiar ${what}`,
  },

  head: {
    label: 'Estado',
    in: (present, of) => `ya están ${count(present)} de ${count(of)}`,
    agreedOn: 'Acuerdo en',
    noAgreement: 'Sin acuerdo',
  },

  overview: {
    title: 'Grupos',
    search: 'Buscar por nombre o título',
    show: 'Mostrar',
    shows: {
      all: 'Todos',
      open: 'Abiertos',
      mine: 'Falta mi voto',
      failed: 'Fracasados',
      decided: 'Decididos',
    },
    round: 'ronda',
    needsYourVote: 'falta tu voto',
    columns: {
      group: 'Grupo',
      state: 'Estado',
      round: 'Ronda',
      who: 'Quién está y quién falta',
      left: 'Tiempo',
      last: 'Última cerrada',
    },
    missing: ({ missing, moreMissing = 0 }, me) => {
      const isMe = me !== null && missing.includes(me);
      const names = isMe ? [...missing.filter((name) => name !== me)] : missing;
      const n = names.length + moreMissing;
      if (isMe) return n === 0 ? 'faltas tú' : `faltan tú y ${some(names, 3, moreMissing)}`;
      return `${n === 1 ? 'falta' : 'faltan'} ${some(names, 4, moreMissing)}`;
    },
    shown: (from, to, found, all) => {
      const which = found === all ? count(all) : `${count(found)} encontrados (en total hay ${count(all)})`;
      const rows = from === 1 ? count(to) : `del ${count(from)} al ${count(to)}`;
      return `Se muestran ${rows} de ${which}, primero los que esperan. La lista sigue al registro por sí sola.`;
    },
    none: (all) => `Ninguno de los ${count(all)} grupos es así.`,
    notForAll: 'Este servidor muestra la lista de sus grupos solo a quien lo administra.',
    byLink:
      'Abre el enlace del grupo que te dieron, o pide la lista con: quorate group list --token-file ARCHIVO',
    before: (n) => `Mostrar los ${count(n)} anteriores`,
    next: (n) => `Mostrar los ${count(n)} siguientes`,
  },

  empty: {
    lead: 'Todavía no hay grupos. Empieza con tres agentes y un número.',
    each: '1. Cada uno propone un valor',
    eachSay: 'Nadie ve los de los demás hasta que están todos. Un cuadrado abierto es un asiento que falta.',
    another: '2. Ninguno igual: otra ronda',
    anotherSay: 'La ronda queda FAILED y se puede leer siempre. La próxima se abre en el mismo momento.',
    decided: '3. Dos de tres iguales: decidido',
    decidedSay: 'SUCCESS, con el valor y quién lo apoyó. Está en el registro antes de que nadie lo sepa.',
    commandLine: 'Lo mismo desde la línea de comandos',
    command: (server) =>
      `npx quorate group create almuerzo --electorate ana,beto,caro --threshold 2 --url ${server}`,
    theCommand: 'el comando',
    curl: 'Lo mismo con curl',
    curlLine: (server) =>
      `curl -X PUT ${server}/v1/groups/almuerzo -H 'content-type: application/json' -d '{"rule": {"electorate": {"agents": ["ana", "beto", "caro"]}, "threshold": 2}}'`,
    theCurlLine: 'la línea de curl',
  },

  three: {
    button: 'Ver cómo acuerdan tres agentes',
    title: 'Tres agentes, un número',
    label: 'Tres agentes',
    about: (round) => `ronda ${count(round)}, a ciegas`,
    closed: ({ round, state, tally }) => {
      const values = (tally ?? []).map(({ value, agents }) => `${some(agents)} ${JSON.stringify(value)}`);
      return `ronda ${count(round)} ${state}: ${values.join(', ')}`;
    },
    open: (name) => `Abrir ${name}`,
  },

  cluster: {
    head: {
      label: 'Estado del clúster',
      oneServer: 'UN SERVIDOR',
      server: 'servidor',
      up: (of) => `de ${count(of)} miembros en marcha`,
      log: {
        memory: 'registro en memoria',
        file: 'registro en archivos de su máquina',
        etcd: 'registro en etcd',
      },
      /* Stands as it is in every language, as WAITING does. */
      quorum: (quorum) => (quorum ? 'QUORUM' : 'NO QUORUM'),
      index: 'índice del registro',
      alone: {
        memory:
          'Este registro está en la memoria de un servidor: no hay clúster, y todo se pierde cuando el servidor se detiene.',
        file: 'Este registro está en el disco de una máquina: no hay clúster. Lo que se confirmó sigue ahí tras un corte de luz.',
      },
      why: ({ quorum, down, up, of, isElecting }) => {
        const are = down.length === 1 ? 'está caído' : 'están caídos';
        if (!quorum)
          return `${some(down)} ${are}, así que no hay mayoría: los votos esperan y no se pierde nada de lo confirmado.`;
        if (isElecting) return 'Hay mayoría y está eligiendo líder: los votos esperan hasta entonces.';
        if (down.length === 0) return 'Todos los miembros están en marcha.';
        const spare = 2 * (up - 1) > of;
        const more = spare
          ? 'Puede caer uno más.'
          : 'Si cae uno más, los votos se detendrán, y no se perderá nada.';
        return `Hay mayoría, así que se aceptan votos. ${some(down)} ${are}. ${more}`;
      },
      queued: (n) => (n === 1 ? 'Aquí espera 1 voto.' : `Aquí esperan ${count(n)} votos.`),
    },
    lanes: {
      title: (from) => `Hasta dónde ha aplicado cada servidor el registro, desde la entrada ${count(from)}`,
      lane: ({ name, kind, index, behind }) =>
        kind === 'stopped'
          ? `${name} se detuvo en ${count(index)}, a ${count(behind)} entradas.`
          : `${name} en ${count(index)}, ${behind === 0 ? 'sin retraso' : `a ${count(behind)} entradas`}.`,
    },
    servers: {
      title: 'Servidores',
      region: 'Servidores, tabla',
      server: 'Servidor',
      state: 'Estado',
      index: 'Índice',
      behind: 'Retraso',
      streams: 'Flujos',
      votes: 'Votos/s',
      thisPage: 'esta página',
      serving: 'en servicio',
      unknown: 'sin noticias',
      silent: (since) => `en silencio desde las ${time(since)}`,
    },
    pace: {
      title: 'El último minuto',
      drawn: (rate, gapMs) =>
        `Entradas por segundo en el último minuto: unas ${count(Math.round(rate))}${gapMs === null ? '' : `, ninguna durante ${seconds(gapMs)}`}.`,
      seconds,
      pause: (from, next) =>
        `fue el tiempo más largo sin una entrada, a las ${time(from)}. El índice siguiente fue ${count(next)}:`,
      none: 'no falta ninguno.',
      quiet: (ms) => `Ahora, ninguna entrada desde hace ${seconds(ms)}.`,
    },
    members: {
      title: 'etcd',
      member: 'Miembro',
      role: 'Papel',
      term: 'Mandato',
      roles: { leader: 'líder', follower: 'seguidor', learner: 'aprendiz' },
      down: 'caído',
      led: (term) => `, lideró el mandato ${count(term)}`,
    },
    tryIt: {
      title: 'Pruébalo',
      what: 'Este es un clúster de demostración. Quita una parte y mira cómo siguen los votos.',
      kill: (name) => `Matar ${name}`,
      killLeader: 'Matar al líder',
      start: (name) => `Arrancar ${name} otra vez`,
      failed: 'No ha ocurrido: la demostración no respondió.',
    },
  },

  webhooks: {
    title: 'Webhooks',
    counts: ({ delivered, pending, failed }) =>
      `${count(delivered)} avisados, ${count(pending)} en espera, ${count(failed)} abandonados.`,
    failed: (why) => `El último intento falló: ${why}.`,
    next: (date) => `El siguiente es a las ${time(date)}.`,
    test: 'Probar',
    again: 'Enviar otra vez',
  },

  group: {
    crumb: 'Grupos',
    vote: 'Votar',
    press: 'Tu voto:',
    wall: 'Para proyectar',
    diagram: 'Como diagrama',
    titleOpen: (name, present, of) => `${name}: ya están ${count(present)} de ${count(of)}`,
    titleClosed: (name, value) => (value === null ? `${name}: sin acuerdo` : `${name}: acuerdo en ${value}`),

    head: {
      about: (round, reveal) =>
        `ronda ${count(round)}, ${{ close: 'a ciegas', live: 'valores a la vista', never: 'valores siempre ocultos' }[reveal]}`,
      closed: (round, reason) => `ronda ${count(round)}, ${reasonOf(reason)}`,
      of: (of) => `de ${count(of)} ya están`,
      gathering: 'Esperando agentes',
      open: (ms, closedAt) => [duration(ms), `abierta, cerrada a las ${time(closedAt)}`],
    },

    timers: {
      label: 'Tiempos de esta ronda',
      open: 'abierta hace ',
      minWait: (ms) => `espera mínima de ${duration(ms)} `,
      lastCall: 'última llamada ',
      deadline: 'plazo ',
      in: (ms) => `en ${duration(ms)}`,
      passed: 'cumplida',
      atDeadline: {
        fail: ', entonces ha fracasado',
        decide: ', entonces deciden quienes ya están',
        default: ', entonces vale el valor por defecto',
      },
    },

    seats: {
      title: 'Asientos',
      you: 'tú',
      state: (state) => seatStates[state],
      hidden: 'oculto',
      notShown: 'sin mostrar',
      in: 'ya está,',
      abstained: 'ya está, se abstuvo',
      live: (ms) => `en vivo, vence en ${left(ms)}`,
      soon: (ms) => `su presencia vence en ${left(ms)}`,
      ranOut: 'su presencia venció, puede volver',
      came: 'después de',
      after: (ms) => duration(ms),
      parts: (roles) => `de ${some(roles)}`,
      waived: (reason) => `eximido: ${reason}`,
      free: (n) => (n === 1 ? 'un asiento libre' : `${count(n)} asientos libres`),
      anybody: 'para quien llegue primero',
      folded: (n) => `${count(n)} que ya están`,
      more: (n) => `y ${count(n)} más`,
      joined: (names) => `Hasta ahora entraron: ${some(names, 12)}.`,
      watching: (names) =>
        `${some(names)} ${names.length === 1 ? 'mira y no tiene' : 'miran y no tienen'} asiento en esta ronda.`,
    },

    tally: {
      title: 'Lo que propusieron',
      soFar: 'Lo propuesto hasta ahora',
      as: 'Mostrar como',
      bars: 'Barras',
      table: 'Tabla',
      nothing: 'Nadie propuso un valor.',
      value: ([from = 'sin mostrar', to]) => (to === undefined ? from : `${from} a ${to}`),
      decide: (need) => (need === 1 ? '1 decide' : `${count(need)} deciden`),
      weight: (weight, of) => `${count(weight)} de ${count(of)}`,
      weighed: 'El ancho de cada agente es su peso.',
      vetoed: (agents) => `veto de ${some(agents)}`,
      row: (text, weight, who, veto) =>
        `${[`${text}: ${weight}`, who, veto ?? ''].filter((part) => part !== '').join(', ')}.`,
      names: (agents, more, most) => some(agents, most, more),
      moreValues: (n) => (n === 1 ? '1 valor más' : `${count(n)} valores más`),
    },

    parts: {
      title: 'Parte por parte',
      about: (rule, otherwise) =>
        otherwise === null ? `Decide ${rule}.` : `Decide ${rule}; si no se ponen de acuerdo, ${otherwise}.`,
      in: (present, of) => `ya están ${count(present)} de ${count(of)}`,
      reached: 'logrado',
      notReached: 'no logrado',
      otherwise: 'solo si los demás no se ponen de acuerdo',
      nobody: 'Nadie de esta parte propuso un valor.',
    },

    table: {
      region: 'Las propuestas como tabla',
      caption: (round) => `Ronda ${count(round)}, todas las propuestas`,
      captionSome: (round, shown) => `Ronda ${count(round)}, las primeras ${count(shown)} propuestas`,
      agent: 'Agente',
      kind: 'Tipo',
      value: 'Valor',
      after: 'Llegó a los',
      abstained: 'se abstuvo',
      notShown: 'sin mostrar',
      index: 'Índice',
    },

    facts: {
      title: 'En números',
      median: 'Mediana',
      mean: 'Promedio',
      spread: 'Rango',
      to: (min, max) => `${min} a ${max}`,
      andMore: (values, n) => `${values} y ${count(n)} valores más`,
      agreement: 'Acuerdo',
      in: 'Ya están',
      of: (n, of) => `${count(n)} de ${count(of)}`,
      axis: (values, median) => `${values}; la mediana es ${median}`,
      times: (value, n) => (n === 1 ? `${value} una vez` : `${value} ${count(n)} veces`),
      medianMark: 'mediana',
    },

    written: { title: 'Lo que escribieron', dissent: 'en desacuerdo', veto: 'veto', noNote: 'sin nota' },

    claim: {
      title: 'Turno para ejecutar',
      held: 'ejecuta esta decisión.',
      spent: 'ya ejecutó esta decisión. Nadie puede volver a hacerlo.',
      free: 'Nadie la ejecuta ahora: devolvieron el turno, o venció. El siguiente recibe un número más alto.',
      by: 'Como',
      fence: 'Número del turno',
      lease: 'Vence en',
      left: (ms) => left(ms),
      result: 'Resultado:',
      giveBack: 'Devolver el turno',
      givingBack:
        'Por si quien lo tiene no avanza: otro puede empezar ya, aunque el primero siga trabajando.',
    },

    absent: {
      missing: (names) => `No llegaron: ${some(names, 12)}.`,
      unasked: (names) => `No hizo falta preguntar a ${some(names, 12)}.`,
      waived: (agent, reason) => `Asiento eximido, ${agent}: ${reason}`,
    },

    before: {
      label: (round) => `Ronda ${count(round)}`,
      agreed: (value) => `acuerdo en ${value}`,
      failed: (reason) => `fracasó: ${reason}`,
    },

    rounds: {
      title: 'Rondas',
      gathering: 'reuniendo',
      keys: '← y → pasan de una a otra',
      earlier: 'antes',
      latest: 'Mostrar la última ronda',
      decided: (value) => `= ${value}`,
    },

    messages: {
      title: 'Mensajes',
      withheld: 'un mensaje para otros',
      to: (to) => `a ${some(to)}`,
      reply: (offset) => `responde a ${count(offset)}`,
      acknowledged: ({ acknowledgements, stability }) => {
        if (acknowledgements === null) return null;
        const { acknowledged, recipients, waiting } = acknowledgements;
        const names = some(waiting.agents, 4, waiting.count - waiting.agents.length);
        if (acknowledged.count === recipients) return `confirmado por todos, ${count(recipients)}`;
        const by = `confirmado por ${count(acknowledged.count)} de ${count(recipients)}`;
        if (stability === 'impossible') return `${by}, ya no lo harán los suficientes`;
        return waiting.count === 0 ? by : `${by}, aún no por ${names}`;
      },
    },

    may: {
      title: 'Puedes',
      close: 'Cerrar ahora',
      extend: (ms) => `Extender ${count(ms / 60_000)} min`,
      open: (round) => `Abrir la ronda ${count(round)}`,
      closing: (present, floor) => {
        if (present >= Math.max(1, floor))
          return `Cerrar ahora: ${present === 1 ? 'decide quien ya está' : `deciden los ${count(present)} que ya están`}. No se puede deshacer.`;
        const who =
          present === 0
            ? 'todavía no hay nadie'
            : `solo hay ${count(present)} de los ${count(floor)} necesarios`;
        return `Cerrar ahora: ${who}, así que la ronda fracasa. No se puede deshacer.`;
      },
      extended: (until) => `El plazo es ahora ${time(until)}.`,
      waived: (agent) => `${agent} queda eximido: la ronda sigue sin él.`,
      failed: 'No cambió nada.',
      unknown: 'No llegó respuesta: mira la ronda antes de intentarlo otra vez.',
    },

    waive: {
      title: 'Eximir un asiento',
      seat: 'Asiento',
      reason: 'Por qué, a la vista de todos',
      button: (agent) => `Eximir a ${agent}`,
    },

    rule: {
      changed: (round) =>
        `La ronda ${count(round)} tiene esta regla. Desde entonces el grupo tiene otra, para las rondas siguientes.`,
    },

    share: {
      title: 'Deja entrar a otros',
      vote: 'Escanea el código, o abre el enlace, para votar.',
      onlyHere:
        'Esta dirección solo se alcanza desde esta máquina. Para que entren teléfonos, inicia el servidor así y abre la dirección que muestra:',
      invited:
        'Solo puede votar quien tenga invitación, cada cual con su propio enlace. Quien tiene la clave del grupo lo crea así:',
      command: 'el comando',
      link: 'el enlace',
      csv: 'Rondas en CSV',
      proposals: 'Propuestas en CSV',
    },

    kept: {
      title: 'Guardado como',
      index: 'Índice',
      revision: 'Revisión',
      once: 'Este resultado se escribió una sola vez. Ningún servidor mostrará otro.',
      link: 'el enlace de esta ronda',
      json: 'Esta ronda como JSON',
    },

    audit: {
      title: 'Auditoría',
      region: 'Lista de auditoría',
      index: 'Índice',
      time: 'Hora del registro',
      what: 'Qué pasó',
      all: (n) => `Mostrar todo, ${count(n)}`,
      by: (by) => by ?? 'quien administra',
      line: (happening) => {
        switch (happening.what) {
          case 'opened':
            return [null, 'se abrió la ronda'];
          case 'closed':
            return [null, `se cerró la ronda: ${happening.state}, ${reasonOf(happening.reason)}`];
          case 'proposed':
            return [happening.agent, 'propuso'];
          case 'changed':
            return [happening.agent, 'cambió su propuesta'];
          case 'joined':
            return [happening.agent, 'entró'];
          case 'left':
            return [happening.agent, 'salió'];
          case 'expired':
            return [happening.agent, 'está ausente: venció su presencia'];
          case 'renamed':
            return [happening.agent, 'cambió su nombre o su papel'];
          case 'waived':
            return [
              happening.agent,
              `quedó fuera por decisión de ${words.group.audit.by(happening.by)}: ${happening.reason}`,
            ];
          case 'deadline':
            return [
              null,
              happening.times === 1
                ? `el plazo lo fijó ${words.group.audit.by(happening.by)}`
                : `el plazo lo fijó ${words.group.audit.by(happening.by)}, la última de ${count(happening.times)} veces`,
            ];
          case 'claimed':
            return [happening.holder ?? 'alguien', `tomó el turno ${count(happening.fence)} para ejecutar`];
          case 'spent':
            return [happening.holder, 'ejecutó la decisión'];
          case 'claim-released':
            return [null, `se devolvió el turno ${count(happening.fence)}`];
          case 'claim-lapsed':
            return [null, `venció el turno ${count(happening.fence)}`];
          case 'claim-ended':
            return [null, `el turno ${count(happening.fence)} terminó sin resultado`];
        }
      },
    },
  },

  play: {
    server: 'servidor',
    sides: { exercise: 'El ejercicio como era', quorate: 'Quorate' },

    chapters: {
      label: 'Capítulos',
      deadlock: {
        link: '1. El bloqueo',
        small: 'un lote que nadie juzgó',
        title: 'Por qué una ronda necesita un número',
        say: [
          'Los agentes sacan números hasta que dos son iguales. En ambos lados la misma semilla mueve los mismos mensajes. A la izquierda, ',
          'FAILED es de todos, y un lote completo se tira',
          ' mientras alguien no lo ha leído. A la derecha, la ronda siguiente ya está abierta.',
        ],
      },
      itself: {
        link: '2. De acuerdo consigo mismo',
        small: 'tres envíos, un agente',
        title: 'Por qué un voto necesita un nombre',
        say: [
          'Un envío al ejercicio no dice de quién es. A la izquierda, ',
          'un agente que envía varias veces cuenta como varios',
          ', y se pone de acuerdo consigo mismo. A la derecha, cada agente tiene un voto por ronda, por mucho que envíe.',
        ],
      },
      'lost-reply': {
        link: '3. Una respuesta perdida',
        small: 'repetir sin peligro',
        title: 'Por qué repetir no debe cambiar nada',
        say: [
          'Una respuesta se pierde en el camino, y su agente envía lo mismo otra vez. A la izquierda, ',
          'el mismo número cuenta dos veces',
          '. A la derecha cuenta una vez, y la respuesta es la misma.',
        ],
      },
      free: {
        link: 'Juego libre',
        small: 'tus agentes, tus fallos',
        title: 'Tus agentes, tus fallos',
        say: [
          'Elige cuántos agentes hay y qué sale mal. ',
          'Pulsa un mensaje para perderlo, retrasarlo o enviarlo dos veces',
          ': los dos lados te siguen.',
        ],
      },
    },

    player: {
      label: 'Pasos',
      toStart: 'Al principio',
      back: 'Un paso atrás',
      play: 'Reproducir',
      pause: 'Pausa',
      on: 'Un paso adelante',
      step: 'Paso',
      of: (step, of) => ['paso ', count(step), ` de ${count(of)}`],
      valueText: (step, of, what) => `paso ${count(step)} de ${count(of)}: ${what}`,
      bothSides: (left, right) => `izquierda, ${left} Derecha, ${right}`,
      seed: (seed) => `semilla ${seed}`,
      another: 'Otra',
      keys: 'Espacio reproduce, ← y → dan un paso',
    },

    label: (what, isCopy, isStale) => (isStale ? `${what} (tarde)` : isCopy ? `${what} (dos veces)` : what),

    content: {
      post: (value, round) => (round === null ? `envía ${value}` : `envía ${value} (${count(round)})`),
      without: { hidden: 'envía, oculto', abstain: 'se abstiene' },
      ask: (round) => (typeof round === 'number' ? `¿ronda ${count(round)}?` : '¿estado?'),
      taken: 'recibido',
    },

    notes: {
      retry: 'repite',
      crash: 'se cae',
      restart: 'empieza otra vez',
      in: (present, of) => `${count(present)} de ${count(of)} ya están`,
      thrownAway: (n) => `${count(n)} a la basura`,
      reset: (n) => (n === 0 ? 'todos han leído' : `todos han leído, ${count(n)} ya`),
      itself: (agent, value) => `${value} = ${value}, los dos de ${agent}`,
      agreed: (value, n, round) =>
        `${Array(Math.min(Math.max(n, 2), 3))
          .fill(value)
          .join(' = ')}, cerrada${inRound(round)}`,
      failed: (values, round) =>
        values.length === 0 || values.length > 4
          ? `fracasó${inRound(round)}`
          : `${values.join(' ≠ ')}${inRound(round)}`,
      countedAgain: (agent) => `${agent} cuenta dos veces`,
      countedOnce: (agent) => `${agent} cuenta una vez`,
      forgot: 'todo olvidado',
      replayed: (n) => `${count(n)} leídos del registro`,
    },

    doing: {
      posts: (number) => `envía ${number}`,
      waits: (number) => (number === null ? 'espera' : `espera, ${number}`),
      ended: (number) => `tiene ${number}`,
      done: 'listo',
      crashed: 'caído',
    },

    ends: {
      agreed: (value, round) =>
        round === null ? `Acuerdo en ${value}` : `Acuerdo en ${value} en la ronda ${count(round)}`,
      deadlock: 'Bloqueo: nadie volverá a enviar',
      waits: 'espera',
      wrong: (why, value) =>
        ({
          itself: `${value}: un agente de acuerdo consigo mismo`,
          'two-values': `${value}: pero otro número también bastaba`,
          different: 'Todos han terminado, con números distintos',
        })[why],
      open: 'Aún no ha terminado',
      isOpen: (round) => `La ronda ${count(round)} está abierta`,
      none: (round) => `Sin acuerdo en la ronda ${count(round)}`,
    },

    happens: {
      sends: (from, what, isCopy) => `${from} manda «${what}»${isCopy ? ' por segunda vez' : ''}`,
      arrives: (from, to, what, isStale) => `${to} recibe «${what}» de ${from}${isStale ? ', tarde' : ''}`,
      through: (from, to, what) => `${from} a ${to}: «${what}»`,
      lost: (from, to, what) => `${from} a ${to}: «${what}», perdido en el camino`,
    },
    sentence: (parts) => (parts.length === 0 ? 'Aún no pasa nada.' : `${parts.join('; ')}.`),

    diagram: {
      region: 'Diagrama de mensajes',
      touchable: 'Diagrama de mensajes: Intro cambia el mensaje de este paso',
      story: (steps, end) =>
        steps.length <= 40
          ? `${steps.join(' ')} ${end}.`
          : `${count(steps.length)} pasos, en la lista de abajo. Primero: ${steps.slice(0, 6).join(' ')} Al final: ${end}.`,
      list: 'Los pasos en palabras',
      brackets: 'Un número entre paréntesis es el de una ronda.',
      change: 'Cambiar',
      svg: 'SVG',
    },

    menu: {
      label: (message) => `Qué pasa con: ${message}`,
      fates: {
        arrive: 'Que llegue',
        drop: 'Perderlo',
        delay: 'Retrasarlo',
        duplicate: 'Enviarlo dos veces',
        crash: 'Que caiga quien lo recibe',
      },
      asItWas: 'Como era',
      close: 'Cerrar',
    },

    count: {
      title: (n) => `${count(n)} semillas, las mismas para los dos`,
      none: 'Muchas semillas, las mismas para los dos',
      say: 'Los mismos agentes y fallos con otras semillas: ¿con qué frecuencia sale mal?',
      run: (n) => `Probar ${count(n)} semillas`,
      more: (n) => `Probar ${count(n)} más`,
      stop: 'Parar',
      running: (done, of) => `${count(done)} de ${count(of)} probadas`,
      ends: {
        DEADLOCK: (of) => `de ${count(of)} terminan en un bloqueo`,
        WRONG: (of) => `de ${count(of)} terminan mal`,
        failing: (of) => `de ${count(of)} no llegan a un buen acuerdo`,
      },
      interval: (rate, from, to) =>
        `${percent(rate)} %, intervalo del 95 %: de ${percent(from)} a ${percent(to)} %`,
      others: (parts) => `En total: ${some(parts, 4)}`,
      kinds: {
        SUCCESS: (n) => `${count(n)} con acuerdo`,
        DEADLOCK: (n) => `${count(n)} bloqueos`,
        WRONG: (n) => `${count(n)} mal`,
        OPEN: (n) => `${count(n)} sin terminar a tiempo`,
      },
      firstFailing: (seed) => `Mostrar la semilla ${seed}`,
    },

    shrink: {
      button: (seed) => `Reducir la semilla ${seed}`,
      busy: 'Reduciendo',
      none: 'A esta ejecución no se le puede quitar nada: más pequeña no hay.',
      went: (parts) => `Falla igual con menos: ${some(parts, 12)}.`,
      parts: {
        agents: (from, to) => `agentes de ${count(from)} a ${count(to)}`,
        turns: (from, to) => `turnos de ${count(from)} a ${count(to)}`,
        max: (from, to) => `el número más alto de ${count(from)} a ${count(to)}`,
        fates: (from, to) => `fallos de ${count(from)} a ${count(to)}`,
      },
    },

    free: {
      label: 'Agentes y fallos',
      agents: 'Agentes',
      quorum: 'Números iguales que deciden',
      max: 'Número más alto',
      seed: 'Semilla',
      loss: 'Pérdidas',
      delay: 'Retrasos',
      duplication: 'Duplicados',
      crash: 'Caídas',
      percent: (n) => `${n} %`,
      clients: 'Los agentes hablan',
      clientKinds: { anonymous: 'como al ejercicio', named: 'con nombre y ronda' },
      anonymous:
        'Quien no da su nombre no puede pedir otra vez una respuesta perdida: puede esperar para siempre, también a la derecha.',
      replies: 'Las respuestas llegan',
      replyKinds: { 'at-once': 'enseguida', 'any-time': 'cuando pueden' },
    },

    link: {
      copy: 'Copiar el enlace a esta ejecución',
      copied: 'Copiado',
      press: 'Pulsa Ctrl+C',
      bad: 'Este enlace no nombra ninguna ejecución',
      whole: (field, least, most) => `«${field}» no es un número entero de ${count(least)} a ${count(most)}.`,
      oneOf: (field, allowed) => `«${field}» no es ninguno de: ${allowed.join(', ')}.`,
      unreadable: (field, example) => `«${field}» no está escrito como debe, por ejemplo ${example}.`,
      unknown: (field) => `«${field}» no nombra nada de aquí.`,
      first: 'En su lugar se muestra el primer capítulo.',
    },

    group: {
      title: (group) => `${group} como diagrama`,
      say: 'Cada propuesta y cada resultado de este grupo, hasta donde puedes verlos.',
      page: (group) => `Al grupo ${group}`,
      left: (n) => `Faltan en el dibujo ${count(n)} agentes más.`,
      rounds: (from, to) => (from === to ? `ronda ${count(from)}` : `rondas ${count(from)} a ${count(to)}`),
      earlier: 'Rondas anteriores',
      later: 'Rondas siguientes',
      reading: 'Leyendo las rondas',
      none: 'Aún no se ha abierto ninguna ronda.',
    },
  },

  rule: {
    title: 'La regla',

    who: (much, { same, at, decide }) => [
      'Deciden ',
      much,
      ' si proponen ',
      same,
      `${field(at)}${decided[decide]}.`,
    ],
    panels: (parts, { same, at, decide }, otherwise) => [
      'Deciden ',
      parts,
      ' si proponen ',
      same,
      `${field(at)}${decided[decide]}.${otherwise === null ? '' : ` Si no lo logran, decide ${otherwise}.`}`,
    ],
    enough: {
      least: (n, whole) => `al menos ${count(n)} de ${whole}`,
      majority: (whole) => `más de la mitad de ${whole}`,
      'two-thirds': (whole) => `dos tercios de ${whole}`,
      unanimous: (whole) => `todos (${whole})`,
      share: ({ num, den, strict }, whole) => `${strict ? 'más de' : 'al menos'} ${num}/${den} de ${whole}`,
    },
    wholes: {
      eligible: (n) => count(n),
      live: (min, max) => `quienes están al abrirse la ronda (entre ${count(min)} y ${count(max)})`,
      present: 'quienes participan',
      cast: 'quienes proponen un valor',
    },
    leastWeight: (n) => `agentes con un peso de al menos ${count(n)}`,
    ofWeight: (much) => `agentes con ${much}`,
    weights: {
      eligible: 'todo el peso',
      present: 'todo el peso de quienes participan',
      cast: 'todo el peso de quienes proponen un valor',
    },
    panel: (role, much) => `${role} (${much})`,
    all: (parts) => parts.join(' y '),
    any: (parts) => parts.join(' o '),
    atLeast: (n, parts) => `al menos ${count(n)} de ${parts.join(', ')}`,
    same: {
      exact: 'el mismo valor',
      text: 'el mismo texto, sin mirar mayúsculas ni espacios',
      set: 'el mismo conjunto, en cualquier orden',
      near: (within) => `números a no más de ${within.join(' o ')} entre sí`,
    },

    options: (offered, wins) =>
      wins === null
        ? ['Se elige entre ', some(offered, 8), '.']
        : ['Se elige entre ', some(offered, 8), '; solo puede ganar ', some(wins, 8), '.'],

    reveal: {
      live: (revote) => [
        'Los valores se ven ',
        'según llegan',
        revote ? '; se pueden cambiar hasta el cierre.' : '.',
      ],
      close: (revote) => [
        'Los valores quedan ocultos ',
        'hasta el cierre',
        `; quién ya está se ve siempre.${change(revote)}`,
      ],
      never: (revote) => [
        'Los valores ',
        'no se muestran nunca',
        `; al cierre se ve cuántos eran iguales.${change(revote)}`,
      ],
    },

    close: ({ close, minWait, lastCall, deadline, fromFirst }, then, least) => {
      const when = close === 'all' ? 'ya están todos' : 'ya nada puede cambiar el resultado';
      const wait = minWait === null ? '' : `, no antes de ${span(minWait)}`;
      const call = lastCall === null ? '' : `, o ${span(lastCall)} después de que haya suficientes`;
      if (deadline === null) return ['La ronda se cierra cuando ', when, `${wait}${call}.${least}`];
      return [
        'La ronda se cierra cuando ',
        when,
        `${wait}${call}, o al vencer su plazo de `,
        span(deadline),
        `${fromFirst ? ' desde la primera propuesta' : ''}${then}${least}`,
      ];
    },
    onDeadline: {
      fail: ', y entonces ha fracasado.',
      decide: ': entonces deciden quienes ya están.',
      default: (value) => `: entonces se decide ${value}.`,
    },
    least: (n, cast) =>
      ` Deben participar al menos ${count(n)}${cast === 0 ? '' : `, ${count(cast)} de ellos con un valor`}.`,

    tie: {
      seeded: ['Un empate se ', 'sortea', ', y cualquiera puede repetir el sorteo.'],
      priority: (values) => ['En un empate gana el primero de ', some(values, 8), '.'],
    },
    absent: ['Quien está ', 'ausente', ' al cierre no cuenta.'],
    veto: (agents) => ['', some(agents, 8), agents.length === 1 ? ' puede vetarlo.' : ' pueden vetarlo.'],
    required: (agents) => [
      '',
      some(agents, 8),
      agents.length === 1 ? ' tiene que apoyar el valor.' : ' tienen que apoyar el valor.',
    ],
    next: {
      manual: (rounds) => ['La próxima ronda se abre ', 'cuando alguien la pide', most(rounds)],
      continuous: (rounds) => ['A cada ronda le ', 'sigue otra', most(rounds)],
      'until-success': (rounds) => ['Después de una ronda fracasada ', 'se abre la próxima', most(rounds)],
    },
  },

  token: {
    use: 'Usar un token',
    label: { server: 'Token de quien administra', group: 'Token de quien administra o clave del grupo' },
    hint: 'Se guarda solo para esta pestaña, nunca en la dirección. Al pie de la página puedes pedir que se olvide.',
    notThis: 'El token que envía esta pestaña no lo permite: dale otro a la página.',
    wrong: 'Esto no es un token: solo tiene letras, cifras y . _ ~ + / = -, sin espacios.',
    button: 'Usar el token',
    inUse: 'Esta pestaña envía el token que le diste.',
    forget: 'Olvidar el token',
  },

  create: {
    start: 'Empezar con',
    plain: 'sencilla',
    presets: {
      '': '3 agentes, decide más de la mitad, y otra ronda hasta que lo hagan',
      classroom: '3 agentes, 2 iguales deciden, las rondas se siguen solas',
      majority: 'más de la mitad; cierra en cuanto es seguro',
      unanimous: 'todos deben proponer lo mismo',
      panel: 'modelos o personas, 2 minutos, luego deciden quienes estén',
      gate: 'approve o reject, a la vista, se abre a mano, para quien tiene invitación',
      poker: 'estimar juntos, con cambio de carta hasta el cierre',
    },

    parts: {
      who: 'Quién decide',
      what: 'Qué proponen',
      when: 'Cuándo cierra',
      reveal: 'Qué se ve antes del cierre',
      next: 'Después del cierre',
      more: 'Quién cuenta más',
      admission: 'Quién puede participar',
      advanced: 'Más ajustes',
    },

    fields: {
      name: 'Nombre',
      title: 'Título',
      who: 'Quién vota',
      agents: 'Agentes',
      size: 'Cuántos agentes',
      least: 'Al menos tantos en vivo',
      most: 'A lo sumo',
      combine: 'Qué comités hacen falta',
      role: 'Comité',
      threshold: 'Cuántos deben coincidir',
      floor: 'Al menos tantos presentes',
      cast: 'Al menos tantos valores',
      of: 'El umbral cuenta a',
      options: 'Opciones',
      wins: 'Opciones que pueden ganar',
      equality: 'Igual es',
      tolerance: 'A lo sumo a esta distancia',
      share: 'O una parte del mayor',
      decide: 'Se decide',
      part: 'Solo se compara esta parte',
      minWait: 'Espera mínima',
      lastCall: 'Última llamada',
      deadline: 'Plazo',
      deadlineFrom: 'El plazo cuenta desde',
      onDeadline: 'Al vencer el plazo',
      default: 'El valor por defecto',
      close: 'Cierra',
      reveal: 'A la vista antes del cierre',
      revote: 'Cada cual puede cambiar lo suyo hasta el cierre',
      next: 'La próxima ronda',
      maxRounds: 'Rondas como máximo',
      tie: 'Un empate',
      priority: 'En este orden',
      weights: 'Pesos',
      veto: 'Pueden impedirlo',
      required: 'Deben apoyarlo',
      absent: 'Quien está ausente',
      admission: 'Quién puede participar',
      mayClose: 'Pueden cerrar rondas',
      mayWaive: 'Pueden eximir asientos',
      maySpend: 'Pueden actuar según lo decidido',
      subjectHash: 'Hash del asunto',
      valueBytes: 'Bytes de un valor como máximo',
      keepRounds: 'Rondas que se guardan',
      keepMessages: 'Mensajes que se guardan',
      keepIdle: 'Se borra sin uso durante',
      more: 'Más de la regla, como JSON',
    },

    hints: {
      name: 'a-z, 0-9 y . _ - , 64 como máximo',
      agents: 'Nombres con comas entre ellos.',
      threshold: 'Un número, majority, two-thirds, unanimous, o una parte como 3/4.',
      options: 'Una por línea; detrás, su etiqueta, como en 1 = Sí. Vacío: cualquier cosa.',
      wins: 'Una por línea. Vacío: todas.',
      part: 'Un puntero JSON, como /answer. Vacío: el valor entero.',
      lastCall: 'Desde que haya suficientes.',
      weights: 'Como ann=2, bob=3; los demás pesan 1.',
      veto: 'Al proponer false o "veto".',
      mayClose: 'admin, agents (cualquiera), o nombres.',
      mayWaive: 'admin, o nombres.',
      maySpend: 'admin, agents, o nombres.',
      subjectHash: 'Qué se decide exactamente; otro abre una nueva ronda.',
      more: 'Para lo que no tiene campo; los campos van antes.',
    },
    none: 'sin',

    choices: {
      who: {
        agents: 'Estos agentes',
        size: 'n agentes cualesquiera',
        live: 'Quien esté en vivo',
        parts: 'Comités',
      },
      equality: {
        exact: 'el mismo valor',
        text: 'el mismo texto, sin mirar mayúsculas ni espacios',
        set: 'el mismo conjunto, en cualquier orden',
        near: 'números cercanos',
      },
      decide: { proposed: 'un número propuesto', median: 'la mediana', mean: 'el promedio' },
      close: { early: 'en cuanto es seguro', all: 'solo cuando estén todos' },
      deadlineFrom: { open: 'la apertura', 'first-proposal': 'la primera propuesta' },
      onDeadline: {
        fail: 'la ronda fracasa',
        decide: 'deciden quienes estén',
        default: 'se toma un valor por defecto',
      },
      reveal: {
        close: 'Solo quién ya está',
        live: 'El recuento, en vivo',
        never: 'Nunca quién propuso qué',
      },
      next: {
        'until-success': 'se abre tras un fracaso',
        continuous: 'se abre siempre',
        manual: 'se abre cuando se pide',
      },
      tie: { fail: 'fracasa', seeded: 'se sortea', priority: 'lo gana el primero de' },
      of: {
        eligible: 'todos los electores',
        present: 'quienes participan',
        cast: 'quienes proponen un valor',
      },
      absent: { 'counts-against': 'sigue contando', excluded: 'no se cuenta' },
      admission: { open: 'Cualquiera', key: 'Quien tiene la clave', invite: 'Quien tiene invitación' },
      combine: { all: 'todos', any: 'uno cualquiera' },
    },
    atLeast: (n) => `al menos ${count(n)}`,

    panel: {
      nth: (n) => `Comité ${count(n)}`,
      else: 'Decide cuando los comités no pueden',
      add: 'Añadir un comité',
      addElse: 'Añadir quién decide cuando no pueden',
      remove: (what) => `Quitar ${what}`,
    },

    inWords: 'La regla en palabras',
    command: 'El mismo comando',
    theCommand: 'el comando',
    curl: 'Lo mismo con curl',
    theCurlLine: 'la línea de curl',

    create: 'Crear grupo',
    creating: 'Creando el grupo',
    contradict: 'estos dos ajustes se contradicen',
    unusable: 'un ajuste no sirve como está',
    unusableMany: (n) => `quedan ${count(n)} cosas por corregir`,
    noName: 'Dale un nombre al grupo.',
    badName: 'Un nombre empieza con a-z o una cifra y solo tiene estas y . _ - , 64 como máximo.',
    taken: (name) => `Ya hay un grupo ${name}: elige otro nombre.`,
    refused: 'El grupo no se creó.',
    unknown: 'No llegó respuesta. Pulsar otra vez no hace daño: crea un solo grupo.',

    made: {
      title: (name) => `${name} está listo`,
      once: 'Sus claves se muestran aquí una sola vez y no se guardan. Esta pestaña envía la primera hasta que pidas que se olvide.',
      joinKey: {
        key: 'Clave: con ella se entra y se administra el grupo',
        invite: 'Clave: con ella se administra el grupo y se invita',
        byAdmin: 'Clave: con ella se lee el grupo',
        keyByAdmin: 'Clave: con ella se entra',
      },
      theKey: 'la clave',
      observerKey: 'Clave que solo lee',
      theObserverKey: 'la clave que solo lee',
      vote: 'Enlace para votar, donde se escribe la clave',
      theLink: 'el enlace',
      invites: 'Un enlace para cada cual, para una persona en un dispositivo',
      inviteOf: (agent) => `el enlace de ${agent}`,
      inviting: (left) => `Aún se están haciendo ${count(left)} enlaces.`,
      tooMany: (n) =>
        `${count(n)} agentes son demasiados para esta página. Invita a cada cual con: quorate invite GROUP AGENT`,
      another: 'Invitar a alguien',
      name: 'Nombre',
      invite: 'Hacer el enlace',
      failed: 'No se hizo ningún enlace.',
      open: 'Abrir el grupo',
    },
  },

  wall: {
    seats: 'Asientos',
    proposals: 'Propuestas',
    left: 'restantes',
    round: 'ronda',
    index: 'índice',
    vote: 'Vota en',
    scan: 'Escanea para votar, o abre',
    invited: 'Solo puede votar quien tenga invitación, cada cual con su propio enlace.',
  },

  vote: {
    title: (group) => `Votar: ${group}`,
    round: (round) => `ronda ${count(round)}`,
    youAre: 'eres',
    newHere: 'alguien nuevo',
    notYou: (agent) => `¿No eres ${agent}?`,
    left: 'restantes',

    blind: 'Nadie ve tu voto antes del cierre.',
    live: 'Los demás ven tu voto enseguida.',
    sealed: 'Tu voto queda oculto, también después del cierre.',

    cards: 'Tu voto',
    abstain: 'abstenerse',
    other: 'Otro valor',
    number: 'Tu número',
    value: 'Tu valor',
    valueHint: 'Un número, un texto o JSON.',
    entryWrong: {
      empty: 'Primero escribe un valor.',
      'no-number': 'Esto no es un número. Escríbelo así: 8 u 8.5.',
      'too-exact':
        'Este número tiene más cifras de las que JSON conserva. Escríbelo más corto, o como texto entre comillas.',
    },
    chooseFirst: 'Primero elige una carta.',
    note: {
      close: 'Nota, se muestra con tu voto al cierre',
      live: 'Nota, se muestra con tu voto',
    },

    propose: (label) => `Proponer ${label}`,
    proposeNothing: 'Proponer',
    abstainButton: 'Abstenerme',
    change: 'Cambiar',
    keep: (label) => `Dejar ${label}`,
    now: 'Ahora',

    in: (present, of) => `ya están ${count(present)} de ${count(of)}`,
    missing: (n, names) => {
      const verb = n === 1 ? 'falta' : 'faltan';
      return names.length === 0
        ? `${verb} ${count(n)}`
        : `${verb} ${count(n)}: ${some(names, 3, n - names.length)}`;
    },
    allIn: 'no falta nadie',
    asOf: (since) => `a las ${time(since)}`,

    abstention: 'una abstención',
    sending: (label) => `Enviando ${label}`,
    sentOnce: 'cuenta una sola vez, aunque bloquees el teléfono',
    unconfirmed: 'Todavía sin confirmar',
    again: (seconds) => `se intenta otra vez en ${seconds} s`,
    trying: 'se intenta otra vez ahora',
    durable: (index) => `Guardado en el índice ${count(index)}`,
    counted: (index) => `Contado en el índice ${count(index)}`,
    inMemory: 'guardado solo en memoria',
    shown: {
      close: (label) => `${label}, oculto hasta el cierre`,
      live: (label) => `${label}, a la vista de los demás`,
      never: (label) => `${label}, nunca se muestra`,
    },
    elsewhere: 'desde otra pestaña o dispositivo tuyo',
    stillCounts: (label, index) => `cuenta ${label}, desde el índice ${count(index)}`,

    lostVote: 'Tu voto todavía no está confirmado. Se envía otra vez por sí solo, y cuenta una sola vez.',
    notCounted: 'Tu voto no se contó',
    changeNotCounted: 'Tu cambio no se contó',
    tooLate: (round, at) =>
      at === null
        ? `La ronda ${count(round)} se cerró antes de que llegara.`
        : `La ronda ${count(round)} se cerró a las ${time(at)}, antes de que llegara.`,
    nothingKept: 'No se guardó nada de él.',
    firstCounts: (label) => `Cuenta ${label}, como antes.`,
    fromNext: (round) => `Esta ronda empezó antes de que entraras. Votas en la ronda ${count(round)}.`,

    seat: {
      title: '¿Quién eres?',
      name: 'Tu nombre',
      hint: 'Los demás lo ven. Este navegador lo guarda para ti.',
      seats: (names) => `Aquí ${names.length === 1 ? 'vota' : 'votan'} ${some(names, 12)}.`,
      notOne: (names) =>
        `Aquí solo ${names.length === 1 ? 'vota' : 'votan'} ${some(names, 12)}. Toma uno de estos nombres.`,
      as: (agent) => `Votas como ${agent}.`,
      noName: 'Un nombre tiene alguna letra de la a a la z o una cifra.',
      key: 'Clave del grupo',
      take: 'Tomar el asiento',
      asking: 'Pidiendo el asiento',
      taken: (agent, since) => `${agent} está en uso desde las ${time(since)}, en otro dispositivo.`,
      takenFix: 'Toma otro nombre, o vota en ese dispositivo.',
      tryName: (agent) => `Tomar ${agent}`,
      checking: 'Se está comprobando tu invitación.',
      used: (since) => `Esta invitación se usó a las ${time(since)}, en otro dispositivo o navegador.`,
      usedFix: 'Vota allí. Si no fuiste tú, pide enseguida una invitación nueva: anula la anterior.',
      wrong: 'Esta invitación no es válida.',
      wrongFix:
        'Mira si el enlace está completo. Si lo está, la invitación se anuló o hay otra más nueva: pide otra.',
      onlyInvited: 'Este grupo es para quien está invitado.',
      onlyInvitedFix: 'Abre la invitación que te mandaron.',
      none: (group) => `Aquí no hay un grupo ${group} que puedas ver.`,
      noneFix: 'Abre la invitación que te mandaron, o escribe la clave del grupo.',
    },

    outcome: {
      agreedOn: 'Acuerdo en',
      none: 'Sin acuerdo',
      youToo: 'Tú también.',
      youElse: (label) => `Tú propusiste ${label}.`,
      all: 'Ver todas las propuestas',
      next: (round) => `Votar en la ronda ${count(round)}`,
      open: (round) => `Abrir la ronda ${count(round)}`,
      waits: (round) =>
        `La ronda ${count(round)} se abre cuando alguien la pide. Esta página sigue sola con ella.`,
      over: 'Esta fue la última ronda del grupo.',
    },
  },
};
